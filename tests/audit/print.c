#include "print.h"

#include "summary.h"
#include "timeline.h"

#include <inttypes.h>
#include <string.h>

enum { NUMBER_TEXT = 32 };

struct printer {
    const struct findings *findings;
    FILE *out;
    bool colours, verbose;
    int64_t shown;
    int open;                   /* things of one kind printed */
    const char *order_id;       /* whose timeline was printed last */
    const char *line;           /* marked in it */
};

int64_t
findings_violations(const struct findings *findings)
{
    int64_t sum = 0;

    for (int i = 0; i < findings->count; i++)
        sum += report_violations(&findings->reports[i]);
    return sum;
}

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

/* ---- checks ---- */

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
        fprintf(out, " (%s that what is gone would decide)", number_text(finding->undecidable, text));
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
print_what(const struct findings *findings, const struct noted *noted, FILE *out)
{
    static const char shard[] = "SELECT format(' in shard %d', shard) FROM here";
    char where[NUMBER_TEXT] = "";

    if (findings->shards > 1 && noted->audit >= 0)
        audit_select(findings->audits[noted->audit], shard, NULL, copy_text, where);
    fprintf(out, "      %s%s: %s%s%s\n", noted->check->name, where, noted->order_id == NULL ? "" : noted->order_id,
            noted->order_id == NULL ? "" : ": ", noted->what == NULL ? "?" : noted->what);
}

void
findings_print_one(const struct findings *findings, const struct noted *noted, FILE *out)
{
    print_what(findings, noted, out);
    if (noted->order_id != NULL)
        timeline_print(findings->audits[noted->audit], noted->order_id, noted->line, out);
}

static bool
is_same(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

/* A timeline that was just printed, with the same mark, is not printed again. */
static void
print_noted(struct printer *printer, const struct noted *noted)
{
    printer->shown++;
    if (noted->order_id != NULL && is_same(printer->order_id, noted->order_id) && is_same(printer->line, noted->line))
        print_what(printer->findings, noted, printer->out);
    else
        findings_print_one(printer->findings, noted, printer->out);
    printer->order_id = noted->order_id;
    printer->line = noted->line;
}

static void
print_report(struct printer *printer, const struct report *report)
{
    for (int i = 0; i < report->count; i++) {
        const struct finding *finding = &report->findings[i];

        print_finding(printer, report->checked[i], finding);
        printer->shown += finding->error[0] != '\0';
        for (size_t k = 0; k < report->kept; k++)
            if (report->noted[k].check == report->checked[i] && (report->verbose || printer->shown < REPORT_SHOWN))
                print_noted(printer, &report->noted[k]);
    }
}

/* ---- what is open, and the verdict ---- */

static void
print_open_one(void *context, const char *const *columns)
{
    struct printer *printer = context;
    bool is_note = strcmp(columns[0], "note") == 0;

    if (!is_note && ++printer->open > REPORT_SHOWN && !printer->verbose)
        return;
    print_label(printer, is_note ? "note" : strcmp(columns[0], "money_held") == 0 ? "held" : "open", 33);
    fprintf(printer->out, "%s\n", columns[1]);
}

static void
print_open(struct printer *printer)
{
    for (int i = 0; i < printer->findings->shards; i++)
        summary_open(printer->findings->audits[i], print_open_one, printer);
    if (printer->open > REPORT_SHOWN && !printer->verbose)
        fprintf(printer->out, "      %d more are open: --verbose shows all\n", printer->open - REPORT_SHOWN);
}

void
findings_print_verdict(const struct findings *findings, FILE *out)
{
    struct summary_count counts[SUMMARY_COUNTS];
    int64_t violations = findings_violations(findings), undecidable = 0;

    if (violations > 0)
        fprintf(out, "AUDIT FAILED violations=%" PRId64, violations);
    else
        fprintf(out, "AUDIT CLEAN");
    if (findings->shards > 1)
        fprintf(out, " shards=%d", findings->shards);
    summary_counts(findings->audits, findings->shards, counts);
    for (int i = 0; i < SUMMARY_COUNTS; i++)
        if (counts[i].always || counts[i].number > 0)
            fprintf(out, " %s=%" PRId64, counts[i].name, counts[i].number);
    for (int i = 0; i < findings->count; i++)
        for (int k = 0; k < findings->reports[i].count; k++)
            undecidable += findings->reports[i].findings[k].undecidable;
    if (undecidable > 0)
        fprintf(out, " undecidable=%" PRId64, undecidable);
    fputc('\n', out);
}

int64_t
findings_print(const struct findings *findings, FILE *out, bool colours)
{
    struct printer printer = { .findings = findings, .out = out, .colours = colours };
    int64_t violations = findings_violations(findings);

    for (int i = 0; i < findings->count; i++) {
        printer.verbose = findings->reports[i].verbose;
        print_report(&printer, &findings->reports[i]);
    }
    print_open(&printer);
    if (violations > printer.shown)
        fprintf(out, "      %" PRId64 " more: --verbose shows all\n", violations - printer.shown);
    findings_print_verdict(findings, out);
    return violations;
}
