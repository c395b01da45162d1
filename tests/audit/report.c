#include "report.h"

#include "../../common/base/memory.h"
#include "timeline.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 20, NUMBER_TEXT = 32 };

/* ---- taking down ---- */

void
report_init(struct report *report, bool verbose)
{
    memset(report, 0, sizeof(*report));
    report->verbose = verbose;
}

void
report_begin(struct report *report, int audit)
{
    report->audit = audit;
}

void
report_release(struct report *report)
{
    for (size_t i = 0; i < report->kept; i++) {
        free(report->violations[i].order_id);
        free(report->violations[i].what);
    }
    free(report->violations);
}

static char *
copy(const char *text)
{
    return text == NULL ? NULL : memory_copy_text(text);
}

static void
on_violation(void *context, const struct check *check, const char *order_id, const char *what)
{
    struct report *report = context;

    if (!report->verbose && report->kept >= SHOWN)
        return;
    if ((report->kept & (report->kept - 1)) == 0)       /* grows at 0, 1, 2, 4, 8 … */
        report->violations = memory_resize(report->violations, report->kept * 2 + 1, sizeof(*report->violations));
    report->violations[report->kept++] = (struct violation){ check, copy(order_id), copy(what), report->audit };
}

static void
add(struct finding *sum, const struct finding *finding)
{
    sum->examined += finding->examined;
    sum->violations += finding->violations;
    sum->excused += finding->excused;
    sum->undecidable += finding->undecidable;
    if (finding->error[0] != '\0')
        memcpy(sum->error, finding->error, sizeof(sum->error));
}

static void
on_checked(void *context, const struct check *check, const struct finding *finding)
{
    struct report *report = context;
    int i = 0;

    while (i < report->count && report->checked[i] != check)
        i++;
    assert(i < CHECKS_AT_MOST);
    report->checked[i] = check;
    if (i == report->count)
        report->findings[report->count++] = (struct finding){ .examined = 0 };
    add(&report->findings[i], finding);
}

struct audit_listener
report_listener(struct report *report)
{
    return (struct audit_listener){ on_violation, on_checked, report };
}

/* ---- printing ---- */

struct printer {
    struct audit *const *audits;
    int shards;
    FILE *out;
    bool colours;
    int64_t violations, shown;
    const char *order_id;       /* whose timeline was printed last */
};

/* 1234567 as "1,234,567". */
static const char *
number_text(int64_t number, char text[NUMBER_TEXT])
{
    char digits[NUMBER_TEXT];
    int length = snprintf(digits, sizeof(digits), "%" PRId64, number), to = 0;

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[to++] = ',';
        text[to++] = digits[i];
    }
    text[to] = '\0';
    return text;
}

static void
print_label(const struct printer *printer, const char *label, int colour)
{
    if (printer->colours)
        fprintf(printer->out, "\033[%dm%-6s\033[0m", colour, label);
    else
        fprintf(printer->out, "%-6s", label);
}

static void
print_finding(const struct printer *printer, const struct check *check, const struct finding *finding)
{
    char text[NUMBER_TEXT];
    FILE *out = printer->out;

    print_label(printer, finding->violations == 0 ? "ok" : "FAIL", finding->violations == 0 ? 32 : 31);
    fprintf(out, "%s %s %s", number_text(finding->examined, text), check->of->noun, check->says);
    if (finding->violations > 0)
        fprintf(out, ", but for %s", number_text(finding->violations, text));
    if (finding->excused > 0)
        fprintf(out, " (%s explained by dead letters)", number_text(finding->excused, text));
    if (finding->undecidable > 0)
        fprintf(out, " (%s that pruned events would decide)", number_text(finding->undecidable, text));
    fputc('\n', out);
    if (finding->error[0] != '\0')
        fprintf(out, "      %s: cannot be decided: %s\n", check->name, finding->error);
}

static void
copy_text(void *text, const char *const *columns)
{
    snprintf(text, NUMBER_TEXT, "%s", columns[0]);
}

static void
print_violation(struct printer *printer, const struct violation *violation)
{
    const char *order_id = violation->order_id, *what = violation->what == NULL ? "?" : violation->what;
    char where[NUMBER_TEXT] = "";

    printer->shown++;
    if (printer->shards > 1 && violation->audit >= 0)
        audit_select(printer->audits[violation->audit], "SELECT format(' in shard %d', shard) FROM here", NULL, copy_text, where);
    if (order_id == NULL) {
        fprintf(printer->out, "      %s%s: %s\n", violation->check->name, where, what);
        return;
    }
    fprintf(printer->out, "      %s%s: %s: %s\n", violation->check->name, where, order_id, what);
    if (printer->order_id == NULL || strcmp(printer->order_id, order_id) != 0)
        timeline_print(printer->audits[violation->audit], order_id, printer->out);
    printer->order_id = order_id;
}

static void
print_report(struct printer *printer, const struct report *report)
{
    for (int i = 0; i < report->count; i++) {
        const struct finding *finding = &report->findings[i];

        print_finding(printer, report->checked[i], finding);
        printer->violations += finding->violations;
        printer->shown += finding->error[0] != '\0';
        for (size_t k = 0; k < report->kept; k++)
            if (report->violations[k].check == report->checked[i] && (report->verbose || printer->shown < SHOWN))
                print_violation(printer, &report->violations[k]);
    }
}

/* ---- what is open, and the verdict ---- */

static void
print_letter(void *context, const char *const *columns)
{
    const struct printer *printer = context;

    print_label(printer, "open", 33);
    fprintf(printer->out, "%s set aside %s at %s: %s; %s%s\n", columns[0], columns[1], columns[2], columns[3],
            columns[4] == NULL ? "no order is excused" : "excused: order ", columns[4] == NULL ? "" : columns[4]);
}

static void
print_pruned(void *context, const char *const *columns)
{
    const struct printer *printer = context;

    print_label(printer, "note", 33);
    fprintf(printer->out, "%s has pruned its %s: what only older rows would decide is counted, not judged\n", columns[0],
            columns[1]);
}

static void
print_open(struct printer *printer)
{
    static const char letters[] =
        "SELECT service, ifnull(type, 'a record'), format('%s/%d offset %d', topic, partition, record_offset), reason,"
        "       coalesce((SELECT subject FROM said WHERE said.event_id = letter.event_id), key)"
        "  FROM letter WHERE state = 'OPEN'";
    static const char pruned[] = "SELECT service, 'outbox' FROM pruned UNION ALL SELECT service, name FROM deleted";

    for (int i = 0; i < printer->shards; i++) {
        audit_select(printer->audits[i], letters, NULL, print_letter, printer);
        audit_select(printer->audits[i], pruned, NULL, print_pruned, printer);
    }
}

enum { COUNTS = 5 };

static void
add_counts(void *context, const char *const *columns)
{
    int64_t *counts = context;

    for (int i = 0; i < COUNTS; i++)
        counts[i] += strtoll(columns[i], NULL, 10);
}

static void
print_counts(const struct printer *printer)
{
    static const char sql[] =
        "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM payment), (SELECT count(*) FROM notification),"
        "       (SELECT count(*) FROM said), (SELECT count(*) FROM letter WHERE state = 'OPEN')";
    int64_t counts[COUNTS] = { 0 };

    for (int i = 0; i < printer->shards; i++)
        audit_select(printer->audits[i], sql, NULL, add_counts, counts);
    if (printer->shards > 1)
        fprintf(printer->out, " shards=%d", printer->shards);
    fprintf(printer->out, " orders=%" PRId64 " payments=%" PRId64 " notifications=%" PRId64 " events=%" PRId64, counts[0],
            counts[1], counts[2], counts[3]);
    if (counts[4] != 0)
        fprintf(printer->out, " dead_letters_open=%" PRId64, counts[4]);
    fputc('\n', printer->out);
}

static void
print_verdict(struct printer *printer)
{
    if (printer->violations > printer->shown)
        fprintf(printer->out, "      %" PRId64 " more: --verbose shows all\n", printer->violations - printer->shown);
    if (printer->violations > 0)
        fprintf(printer->out, "AUDIT FAILED violations=%" PRId64, printer->violations);
    else
        fprintf(printer->out, "AUDIT CLEAN");
    print_counts(printer);
}

int64_t
reports_print(const struct report *reports, int count, struct audit *const *audits, int shards, FILE *out, bool colours)
{
    struct printer printer = { .audits = audits, .shards = shards, .out = out, .colours = colours };

    for (int i = 0; i < count; i++)
        print_report(&printer, &reports[i]);
    print_open(&printer);
    print_verdict(&printer);
    return printer.violations;
}
