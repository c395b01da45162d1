#include "state_tables.h"

#include "state_causes.h"
#include "state_look.h"

#include <stdlib.h>
#include <string.h>

enum { STATES = 6, ROWS = 14 };

struct row {
    const char *label, *what;
    bool repeats;                    /* the second time changes as much as the first */
};

struct table {
    const char *name;
    enum audited which;
    prepare *prepare;
    send *send;
    const char *states[STATES];      /* ends with NULL */
    struct row rows[ROWS];           /* ends with label NULL */
};

static const struct table tables[STATE_TABLES] = {
    [TABLE_OF_ORDERS] = {
        "orders", AUDIT_ORDER, prepare_order, send_to_order,
        { "CREATED", "PAID", "REJECTED", "CANCELLED", "REFUNDED" },
        { { "payment.completed", "payment.completed", false },
          { "payment.declined", "payment.declined", false },
          { "payment.voided", "payment.voided", false },
          { "payment.refunded", "payment.refunded", false },
          { "cancellation (HTTP)", "cancellation", false },
          { "expiry (timer)", "expiry", false },
          { "notification of kind paid", "notification paid", false },
          { "… of kind rejected", "notification rejected", false },
          { "… of kind cancelled", "notification cancelled", false },
          { "… of kind refunded", "notification refunded", false },
          { "payment.completed given up", "payment.completed given up", false },
          { "order.created refused by the broker", "order.created refused", false } },
    },
    [TABLE_OF_PAYMENTS] = {
        "payments", AUDIT_PAYMENT, prepare_payment, send_to_payment,
        { "no payment", "COMPLETED", "DECLINED", "VOIDED", "REFUNDED" },
        { { "order.created", "order.created", false },
          { "… of more than the balance", "too dear", false },
          { "… of a customer without an account", "of nobody", false },
          { "… in another currency", "in USD", false },
          { "… read after `pay_by`", "too late", false },
          { "order.created given up", "order.created given up", false },
          { "order.cancelled", "order.cancelled", false },
          { "order.cancelled given up", "order.cancelled given up", false } },
    },
    [TABLE_OF_NOTIFICATIONS] = {
        "notifications", AUDIT_NOTIFY, prepare_notification, send_to_notify,
        { "not told", "PENDING", "SENT", "FAILED" },
        { { "news, on the console", "console", false },
          { "news, by webhook", "webhook", false },
          { "delivered: 2xx", "delivered", false },
          { "undeliverable: 4xx but 408 and 429, or the tries are used up", "undeliverable", false },
          { "postponed: any other answer, or none in time", "postponed", true },
          { "news given up", "given up", false } },
    },
};

const char *
state_table_name(enum state_table which)
{
    return tables[which].name;
}

/* ---- a cell ---- */

struct cell {
    const struct table *table;
    const struct row *row;
    const char *state;
    FILE *complaints;
    int wrong;
};

static void
complain(struct cell *cell, const char *what, const char *is)
{
    cell->wrong++;
    fprintf(cell->complaints, "%s, %s in %s: %s%s\n", cell->table->name, cell->row->label, cell->state, what, is);
}

static const char *
effect(struct cell *cell, struct bench *bench, const char **taken)
{
    struct look before = look_at(&bench->actor), after;
    const char *words;

    *taken = cell->table->send(bench, cell->row->what);
    after = look_at(&bench->actor);
    words = look_difference(&bench->actor, &before, &after);
    if (cell->table->which == AUDIT_ORDER && (after.history - before.history == 1) != (*words != '\0'))
        complain(cell, "the timeline does not tell of ", words);
    if (after.odd != 0)
        complain(cell, "the balance is not the sum of the ledger", "");
    return words;
}

/* Once more nothing changes, and it is taken as before; a cancellation that worked is answered with 200 again. */
static void
check_again(struct cell *cell, struct bench *bench, const char *taken)
{
    const char *again, *words = effect(cell, bench, &again);

    if (*words != '\0' && !cell->row->repeats)
        complain(cell, "the second time: ", words);
    if (strcmp(again, taken) != 0)
        complain(cell, "the second time it is taken as ", again);
}

static void
write_cell(struct cell *cell, enum envelope_type news, char text[200])
{
    struct bench bench = { .news = news };
    const char *taken, *words;

    actor_open(&bench.actor, cell->table->which, "webhook");
    actor_start(&bench.actor);
    cell->table->prepare(&bench, cell->state);
    words = effect(cell, &bench, &taken);
    snprintf(text, 200, "%s", *words == '\0' ? taken : words);
    check_again(cell, &bench, taken);
    actor_stop(&bench.actor);
    actor_close(&bench.actor);
}

/* Whatever the customer is told, it goes the same way. */
static void
print_cell(struct cell *cell, FILE *out)
{
    static const enum envelope_type news[] = { ORDER_PAID, ORDER_REJECTED, ORDER_CANCELLED, PAYMENT_REFUNDED };
    int kinds = cell->table->which == AUDIT_NOTIFY ? 4 : 1;
    char text[200], other[200];

    write_cell(cell, news[0], text);
    for (int i = 1; i < kinds; i++) {
        write_cell(cell, news[i], other);
        if (strcmp(text, other) != 0)
            complain(cell, "not the same for all kinds: ", other);
    }
    fprintf(out, " %s |", text);
}

int
state_table_write(enum state_table which, FILE *out, FILE *complaints)
{
    const struct table *table = &tables[which];
    int wrong = 0;

    fputs("| |", out);
    for (int i = 0; table->states[i] != NULL; i++)
        fprintf(out, " %s |", table->states[i]);
    fputs("\n|---|", out);
    for (int i = 0; table->states[i] != NULL; i++)
        fputs("---|", out);
    fputs("\n", out);
    for (const struct row *row = table->rows; row->label != NULL; row++) {
        fprintf(out, "| %s |", row->label);
        for (int i = 0; table->states[i] != NULL; i++) {
            struct cell cell = { table, row, table->states[i], complaints, 0 };

            print_cell(&cell, out);
            wrong += cell.wrong;
        }
        fputs("\n", out);
    }
    return wrong;
}

/* ---- in a document ---- */

static const char beginning[] = "<!-- table of %s: `make state-tables` writes it -->\n";
static const char ending[] = "<!-- end of table -->";

/* Where the table stands; -1 if it has no place. */
static int
find(const char *document, enum state_table which, const char **from, const char **to)
{
    char comment[100];

    snprintf(comment, sizeof(comment), beginning, tables[which].name);
    *from = strstr(document, comment);
    if (*from == NULL)
        return -1;
    *from += strlen(comment);
    *to = strstr(*from, ending);
    return *to == NULL ? -1 : 0;
}

char *
state_tables_put(const char *document, const char **missing)
{
    const char *from, *to, *rest = document;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    for (int i = 0; i < STATE_TABLES; i++) {
        if (find(rest, (enum state_table)i, &from, &to) != 0) {
            *missing = tables[i].name;
            fclose(out);
            free(text);
            return NULL;
        }
        fprintf(out, "%.*s\n", (int)(from - rest), rest);
        state_table_write((enum state_table)i, out, stderr);
        fputs("\n", out);
        rest = to;
    }
    fputs(rest, out);
    fclose(out);
    return text;
}
