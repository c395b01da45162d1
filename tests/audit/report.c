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
    report->violations[report->kept++] = (struct violation){ check, copy(order_id), copy(what) };
}

static void
on_checked(void *context, const struct check *check, const struct finding *finding)
{
    struct report *report = context;

    assert(report->count < CHECKS_AT_MOST);
    report->checked[report->count] = check;
    report->findings[report->count++] = *finding;
}

struct audit_listener
report_listener(struct report *report)
{
    return (struct audit_listener){ on_violation, on_checked, report };
}

/* ---- printing ---- */

struct printer {
    struct audit *audit;
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
print_violation(struct printer *printer, const struct violation *violation)
{
    const char *order_id = violation->order_id, *what = violation->what == NULL ? "?" : violation->what;

    printer->shown++;
    if (order_id == NULL) {
        fprintf(printer->out, "      %s: %s\n", violation->check->name, what);
        return;
    }
    fprintf(printer->out, "      %s: %s: %s\n", violation->check->name, order_id, what);
    if (printer->order_id == NULL || strcmp(printer->order_id, order_id) != 0)
        timeline_print(printer->audit, order_id, printer->out);
    printer->order_id = order_id;
}

static void
print_report(struct printer *printer, const struct report *report)
{
    size_t next = 0;

    for (int i = 0; i < report->count; i++) {
        const struct finding *finding = &report->findings[i];

        print_finding(printer, report->checked[i], finding);
        printer->violations += finding->violations;
        printer->shown += finding->error[0] != '\0';
        for (; next < report->kept && report->violations[next].check == report->checked[i]; next++)
            if (report->verbose || printer->shown < SHOWN)
                print_violation(printer, &report->violations[next]);
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

    audit_select(printer->audit, letters, NULL, print_letter, printer);
    audit_select(printer->audit, pruned, NULL, print_pruned, printer);
}

static void
print_counts(void *context, const char *const *columns)
{
    const struct printer *printer = context;

    fprintf(printer->out, " orders=%s payments=%s notifications=%s events=%s", columns[0], columns[1], columns[2],
            columns[3]);
    if (strcmp(columns[4], "0") != 0)
        fprintf(printer->out, " dead_letters_open=%s", columns[4]);
}

static void
print_verdict(struct printer *printer)
{
    static const char counts[] =
        "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM payment), (SELECT count(*) FROM notification),"
        "       (SELECT count(*) FROM said), (SELECT count(*) FROM letter WHERE state = 'OPEN')";

    if (printer->violations > printer->shown)
        fprintf(printer->out, "      %" PRId64 " more: --verbose shows all\n", printer->violations - printer->shown);
    if (printer->violations > 0)
        fprintf(printer->out, "AUDIT FAILED violations=%" PRId64, printer->violations);
    else
        fprintf(printer->out, "AUDIT CLEAN");
    audit_select(printer->audit, counts, NULL, print_counts, printer);
    fputc('\n', printer->out);
}

int64_t
reports_print(const struct report *reports, int count, struct audit *audit, FILE *out, bool colours)
{
    struct printer printer = { .audit = audit, .out = out, .colours = colours };

    for (int i = 0; i < count; i++)
        print_report(&printer, &reports[i]);
    print_open(&printer);
    print_verdict(&printer);
    return printer.violations;
}
