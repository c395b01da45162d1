#include "report.h"

#include "../../common/base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

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
        free(report->noted[i].order_id);
        free(report->noted[i].what);
        free(report->noted[i].line);
    }
    free(report->noted);
}

static char *
copy(const char *text)
{
    return text == NULL ? NULL : memory_copy_text(text);
}

static void
on_violation(void *context, const struct check *check, const struct violation *violation)
{
    struct report *report = context;

    if (!report->verbose && report->kept >= REPORT_SHOWN)
        return;
    if ((report->kept & (report->kept - 1)) == 0)       /* grows at 0, 1, 2, 4, 8 … */
        report->noted = memory_resize(report->noted, report->kept * 2 + 1, sizeof(*report->noted));
    report->noted[report->kept++] = (struct noted){ check, copy(violation->order_id), copy(violation->what),
                                                    copy(violation->line), report->audit };
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

int64_t
report_violations(const struct report *report)
{
    int64_t sum = 0;

    for (int i = 0; i < report->count; i++)
        sum += report->findings[i].violations;
    return sum;
}
