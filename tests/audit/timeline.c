#include "timeline.h"

#include "audit.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

/* An event is one line with its records: "orders/3 offset 17, 20". */
#define SAYS(place, service, schema) \
    "SELECT coalesce((SELECT said_at FROM " schema ".outbox o WHERE o.seq = said.seq)," \
    "                (SELECT said_at FROM " schema ".outbox_parked p WHERE p.seq = said.seq)), " #place ", said.seq, service," \
    "       format('says %s%s', type, iif(kind = '', '', ' of ' || kind))" \
    "       || ifnull((SELECT format(', %s', state) FROM " schema ".outbox_parked p WHERE moved AND p.seq = said.seq), '')," \
    "       (SELECT format('%s/%d offset %s', (SELECT name FROM topic t WHERE t.topic = r.topic), r.partition," \
    "                      group_concat(record_offset, ', ')) FROM record r WHERE r.event_id = said.event_id" \
    "         GROUP BY r.topic, r.partition)," \
    "       coalesce((SELECT causation FROM " schema ".outbox o WHERE o.seq = said.seq)," \
    "                (SELECT causation FROM " schema ".outbox_parked p WHERE p.seq = said.seq)), event_id" \
    "  FROM said WHERE said.subject = :id AND service = '" service "'"

/* Services' clocks may differ a little: within a millisecond a cause stands before its effect. */
static const char happened[] =
    "WITH line (at, place, seq, service, what, stands, cause, called) AS ("
    "  SELECT at, 1, seq, 'order-svc',"
    "         CASE WHEN what GLOB 'notification.*' THEN format('noticed %s', detail)"
    "              WHEN what = 'payment.voided' THEN format('%s, closed', status)"
    "              ELSE format('becomes %s %s', status, ifnull(detail, '')) END, NULL, cause, format('step:%d', seq)"
    "    FROM order_later.order_history WHERE order_id = :id"
    "   UNION ALL "
    "  SELECT closed_at, 9, 0, 'order-svc', 'closed', NULL, NULL, 'closed'"
    "    FROM order_later.orders WHERE order_id = :id AND closed_at IS NOT NULL AND status <> 'CANCELLED'"
    "   UNION ALL "
    "  SELECT decided_at, 3, 0, 'payment-svc', format('decides; now %s %s', status, ifnull(reason, '')), NULL, NULL, 'payment'"
    "    FROM payment_later.payment WHERE order_id = :id"
    "   UNION ALL "
    "  SELECT at, 4, entry_id, 'payment-svc', format('%s %d', kind, amount), NULL, cause, kind"
    "    FROM payment_later.ledger WHERE order_id = :id"
    "   UNION ALL "
    "  SELECT created_at, 6, 0, 'notify-svc', format('notification of %s: %s', kind, status), NULL, NULL,"
    "         format('told:%s', kind)"
    "    FROM notify_later.notification WHERE order_id = :id"
    "   UNION ALL "
    "  SELECT at, 8, record_offset, '?', format('nobody says %s', ifnull(type, 'this')),"
    "         format('%s/%d offset %d', (SELECT name FROM topic t WHERE t.topic = r.topic), partition, record_offset), NULL,"
    "         format('record:%d/%d/%d', topic, partition, record_offset)"
    "    FROM record r WHERE key = :id AND NOT EXISTS (SELECT 1 FROM said WHERE said.event_id = r.event_id)"
    "   UNION ALL ";

static const char said[] =
    SAYS(2, "order-svc", "order_later") " UNION ALL "
    SAYS(5, "payment-svc", "payment_later") " UNION ALL "
    SAYS(7, "notify-svc", "notify_later");

static const char shown[] =
    ")"
    "SELECT strftime('%H:%M:%f', at / 1000.0, 'unixepoch'), service, what, ifnull(stands, ''),"
    "       CASE WHEN cause GLOB 'request:*' THEN 'request' WHEN cause GLOB 'timer:*' THEN substr(cause, 1, 12)"
    "            WHEN cause GLOB 'completion:*' THEN substr(cause, 1, length(cause) - 37)"
    "            ELSE coalesce((SELECT type FROM said WHERE event_id = cause), cause || ' (unknown)', '') END, called"
    "  FROM line ORDER BY at, place, seq";

struct printing {
    FILE *out;
    const char *mark;           /* NULL: none */
    int line, marked;           /* counted from 0; the line to keep in sight, -1 if there is none */
    int from, to;               /* what is printed */
};

static bool
is_marked(const struct printing *printing, const char *const *columns)
{
    return printing->mark != NULL && columns[5] != NULL && strcmp(printing->mark, columns[5]) == 0;
}

static void
find_mark(void *context, const char *const *columns)
{
    struct printing *printing = context;

    if (is_marked(printing, columns))
        printing->marked = printing->line;
    printing->line++;
}

static void
print_line(void *context, const char *const *columns)
{
    struct printing *printing = context;
    const char *stands = columns[3], *cause = columns[4];
    int number = printing->line++;

    if (number < printing->from || number >= printing->to)
        return;
    fprintf(printing->out, "      %c %s  %-11s  ", is_marked(printing, columns) ? '>' : ' ', columns[0], columns[1]);
    if (*stands != '\0')
        fprintf(printing->out, "%-36s  %-20s  %s\n", columns[2], cause, stands);
    else if (*cause != '\0')
        fprintf(printing->out, "%-36s  %s\n", columns[2], cause);
    else
        fprintf(printing->out, "%s\n", columns[2]);
}

static void
print_rest(FILE *out, int lines, const char *where)
{
    if (lines > 0)
        fprintf(out, "        … %d lines %s\n", lines, where);
}

/* Which lines: TIMELINE_LINES at most, the marked one among them, or the last ones. */
static void
choose(struct printing *printing, int lines)
{
    int to = printing->marked < 0 ? lines : printing->marked + TIMELINE_LINES / 2;

    if (to < TIMELINE_LINES)
        to = TIMELINE_LINES;
    printing->to = to < lines ? to : lines;
    printing->from = printing->to > TIMELINE_LINES ? printing->to - TIMELINE_LINES : 0;
    printing->line = 0;
}

void
timeline_print(struct audit *audit, const char *order_id, const char *mark, FILE *out)
{
    struct printing printing = { .out = out, .mark = mark, .marked = -1 };
    char *sql = sqlite3_mprintf("%s%s%s", happened, said, shown);
    int lines = audit_select(audit, sql, order_id, find_mark, &printing);

    if (lines <= 0) {
        fprintf(out, "        %s\n", lines < 0 ? "its timeline cannot be read" : "no database knows this order");
    } else {
        choose(&printing, lines);
        print_rest(out, printing.from, "before");
        audit_select(audit, sql, order_id, print_line, &printing);
        print_rest(out, lines - printing.to, "after");
    }
    sqlite3_free(sql);
}
