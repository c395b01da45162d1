#include "report.h"

#include "../../common/base/memory.h"
#include "../../common/base/when.h"
#include "csv.h"
#include "document.h"
#include "page.h"
#include "progress.h"
#include "run.h"
#include "sampler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- before the run ---- */

static int
create(const char *path, FILE **file)
{
    if (path == NULL || (*file = fopen(path, "we")) != NULL)
        return 0;
    fprintf(stderr, "load: cannot write %s: %s\n", path, strerror(errno));
    return -1;
}

/* For people to read and to paste: words that a shell would take apart stand in quotes. */
static char *
join(int argc, char **argv)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    for (int i = 0; i < argc; i++) {
        bool plain = argv[i][strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/.,:=_-")] == '\0';

        fprintf(out, plain ? "%s%s" : "%s'%s'", i > 0 ? " " : "", argv[i]);
    }
    fclose(out);
    return text;
}

int
report_open(struct report *report, const struct arguments *arguments, int argc, char **argv)
{
    char *error = NULL;

    if (criteria_read(&report->criteria, arguments->check, arguments, &error) != 0) {
        fprintf(stderr, "load: %s\n", error);
        free(error);
        return -1;
    }
    if (create(arguments->csv, &report->csv) != 0 || create(arguments->json, &report->json) != 0
        || create(arguments->html, &report->html) != 0)
        return -1;
    report->command = join(argc, argv);
    return 0;
}

/* ---- seconds ---- */

static void
tell_end(struct report *report)
{
    void (*on_end)(void *context) = report->on_end;

    report->on_end = NULL;
    if (on_end != NULL)
        on_end(report->context);
}

/* The first round, at the beginning, only says where the counters stand. */
static void
on_round(void *context)
{
    struct report *report = context;
    int count;
    const struct process *processes = sampler_processes(report->sampler, &count);

    if (!report->waiting)
        return;
    for (int i = 0; i < count; i++)
        report->second.readings[i] = processes[i].now;
    if (report->csv != NULL)
        csv_second(report->csv, &report->second, processes, count);
    timeline_add(&report->timeline, &report->second);
    report->waiting = false;
    tell_end(report);
}

/* Nobody is asked for anything when nothing is to be written of it. */
static bool
is_to_sample(const struct report *report)
{
    return report->csv != NULL || report->json != NULL || report->html != NULL || report->criteria.count > 0;
}

void
report_begin(struct report *report, struct run *run)
{
    const struct process *processes = NULL;
    int count = 0;

    report->run = run;
    when_text(clock_now_ms(&run->clock), report->began_at);
    if (is_to_sample(report)) {
        report->sampler = sampler_new(run->base, &run->clock, &run->arguments, on_round, report);
        processes = sampler_processes(report->sampler, &count);
        report->second.readings = memory_new((size_t)count, sizeof(*report->second.readings));
        sampler_ask(report->sampler);
    }
    timeline_init(&report->timeline, count);
    if (report->csv != NULL)
        csv_header(report->csv, processes, count);
}

void
report_second(struct report *report)
{
    struct run *run = report->run;
    struct second second;

    results_second(&run->results, run_now_us(run), run->patience.retries, &second);
    if (!run->arguments.quiet)
        progress_print(&run->results, &second);
    if (report->sampler == NULL)
        return;
    sampler_ask(report->sampler);       /* ends the round of the second before, if it still goes on */
    second.readings = report->second.readings;
    report->second = second;
    report->waiting = true;
}

void
report_last_second(struct report *report, void (*on_end)(void *context), void *context)
{
    report_second(report);
    report->on_end = on_end;
    report->context = context;
    if (!report->waiting)
        tell_end(report);
}

/* ---- the end ---- */

bool
report_conclude(struct report *report, const struct results_context *context, bool ended)
{
    const struct results *results = &report->run->results;
    struct outcome outcome = {
        .arguments = &report->run->arguments, .command = report->command, .began_at = report->began_at,
        .results = results, .context = context, .criteria = &report->criteria, .timeline = &report->timeline,
        .ended = ended,
    };

    if (report->sampler != NULL)
        outcome.processes = sampler_processes(report->sampler, &outcome.process_count);
    criteria_measure(&report->criteria, &outcome);
    results_summary(results, context, stdout);
    criteria_print(&report->criteria, stdout);
    puts(outcome_is_good(&outcome) ? "good" : "NOT GOOD");
    if (report->json != NULL)
        document_write(&outcome, report->json);
    if (report->html != NULL)
        page_write(&outcome, report->html);
    return outcome_is_good(&outcome);
}

void
report_release(struct report *report)
{
    FILE *files[] = { report->csv, report->json, report->html };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (files[i] != NULL)
            fclose(files[i]);
    timeline_release(&report->timeline);
    sampler_free(report->sampler);
    free(report->second.readings);
    free(report->command);
}
