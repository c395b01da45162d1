/* The findings for scripts: one JSON object. */
#include "print.h"

#include "summary.h"

#include <inttypes.h>

struct list {
    FILE *out;
    bool begun;                 /* the next one needs a comma */
};

static void
print_text(FILE *out, const char *text)
{
    if (text == NULL) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < ' ')
            fprintf(out, "\\u%04x", *c);
        else
            fputc(*c, out);
    fputc('"', out);
}

static void
next(struct list *list)
{
    fputs(list->begun ? ",\n    " : "\n    ", list->out);
    list->begun = true;
}

static void
print_checks(const struct findings *findings, FILE *out)
{
    struct list list = { out, false };

    for (int i = 0; i < findings->count; i++)
        for (int k = 0; k < findings->reports[i].count; k++) {
            const struct check *check = findings->reports[i].checked[k];
            const struct finding *finding = &findings->reports[i].findings[k];

            next(&list);
            fprintf(out, "{\"name\": \"%s\", \"says\": \"%s %s\", \"examined\": %" PRId64 ", \"violations\": %" PRId64
                    ", \"excused\": %" PRId64 ", \"undecidable\": %" PRId64 ", \"error\": ", check->name, check->of->noun,
                    check->says, finding->examined, finding->violations, finding->excused, finding->undecidable);
            print_text(out, finding->error[0] == '\0' ? NULL : finding->error);
            fputc('}', out);
        }
}

static void
print_noted(const struct findings *findings, FILE *out)
{
    struct list list = { out, false };

    for (int i = 0; i < findings->count; i++)
        for (size_t k = 0; k < findings->reports[i].kept; k++) {
            const struct noted *noted = &findings->reports[i].noted[k];

            next(&list);
            fprintf(out, "{\"check\": \"%s\", \"order_id\": ", noted->check->name);
            print_text(out, noted->order_id);
            fputs(", \"what\": ", out);
            print_text(out, noted->what);
            fprintf(out, ", \"audit\": %d}", noted->audit);
        }
}

static void
print_open_one(void *context, const char *const *columns)
{
    struct list *list = context;

    next(list);
    fprintf(list->out, "{\"kind\": \"%s\", \"about\": %s}", columns[0], columns[2]);
}

void
findings_print_json(const struct findings *findings, FILE *out)
{
    struct summary_count counts[SUMMARY_COUNTS];
    int64_t violations = findings_violations(findings);
    struct list open = { out, false };

    fprintf(out, "{\n  \"verdict\": \"%s\",\n  \"violations\": %" PRId64 ",\n  \"shards\": %d",
            violations == 0 ? "clean" : "failed", violations, findings->shards);
    summary_counts(findings->audits, findings->shards, counts);
    for (int i = 0; i < SUMMARY_COUNTS; i++)
        fprintf(out, ",\n  \"%s\": %" PRId64, counts[i].name, counts[i].number);
    fputs(",\n  \"checks\": [", out);
    print_checks(findings, out);
    fputs("\n  ],\n  \"found\": [", out);
    print_noted(findings, out);
    fputs("\n  ],\n  \"open\": [", out);
    for (int i = 0; i < findings->shards; i++)
        summary_open(findings->audits[i], print_open_one, &open);
    fputs("\n  ]\n}\n", out);
}
