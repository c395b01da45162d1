#include "journal.h"

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

int
journal_create(const char *path, FILE **file)
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
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/.,:=_-";
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    for (int i = 0; i < argc; i++)
        fprintf(out, argv[i][strspn(argv[i], plain)] == '\0' ? "%s%s" : "%s'%s'", i > 0 ? " " : "", argv[i]);
    fclose(out);
    return text;
}

int
journal_open(struct journal *journal, const struct arguments *arguments, int argc, char **argv)
{
    char *error = NULL;

    if (criteria_read(&journal->criteria, arguments->check, arguments, &error) != 0) {
        fprintf(stderr, "load: %s\n", error);
        free(error);
        return -1;
    }
    if (journal_create(arguments->csv, &journal->csv) != 0 || journal_create(arguments->json, &journal->json) != 0
        || journal_create(arguments->html, &journal->html) != 0)
        return -1;
    journal->command = join(argc, argv);
    return 0;
}

/* ---- seconds ---- */

static void
tell_end(struct journal *journal)
{
    void (*on_end)(void *context) = journal->on_end;

    journal->on_end = NULL;
    if (on_end != NULL)
        on_end(journal->context);
}

/* The first round, at the beginning, only says where the counters stand. */
static void
on_round(void *context)
{
    struct journal *journal = context;
    int count;
    const struct process *processes = sampler_processes(journal->sampler, &count);

    if (!journal->waiting)
        return;
    for (int i = 0; i < count; i++)
        journal->second.readings[i] = processes[i].now;
    if (journal->csv != NULL)
        csv_second(journal->csv, &journal->second, processes, count);
    timeline_add(&journal->timeline, &journal->second);
    journal->waiting = false;
    tell_end(journal);
}

/* Nobody is asked for anything when nothing is to be written of it. */
static bool
is_to_sample(const struct journal *journal)
{
    return journal->csv != NULL || journal->json != NULL || journal->html != NULL || journal->criteria.count > 0;
}

void
journal_begin(struct journal *journal, struct run *run)
{
    const struct process *processes = NULL;
    int count = 0;

    journal->run = run;
    when_text(clock_now_ms(&run->clock), journal->began_at);
    if (is_to_sample(journal)) {
        journal->sampler = sampler_new(run->base, &run->clock, &run->arguments, on_round, journal);
        processes = sampler_processes(journal->sampler, &count);
        journal->second.readings = memory_new((size_t)count, sizeof(*journal->second.readings));
        sampler_ask(journal->sampler);
    }
    timeline_init(&journal->timeline, count);
    if (journal->csv != NULL)
        csv_header(journal->csv, processes, count);
}

void
journal_second(struct journal *journal)
{
    struct run *run = journal->run;
    struct second second;

    results_second(&run->results, run_now_us(run), run->patience.retries, &second);
    if (!run->arguments.quiet)
        progress_print(&run->results, &second);
    if (journal->sampler == NULL)
        return;
    sampler_ask(journal->sampler);       /* ends the round of the second before, if it still goes on */
    second.readings = journal->second.readings;
    journal->second = second;
    journal->waiting = true;
}

void
journal_last_second(struct journal *journal, void (*on_end)(void *context), void *context)
{
    journal_second(journal);
    journal->on_end = on_end;
    journal->context = context;
    if (!journal->waiting)
        tell_end(journal);
}

/* ---- the end ---- */

/* A disk may be full: half a document must not pass for one. */
static bool
is_written(FILE *file, const char *path)
{
    if (file == NULL || (fflush(file) == 0 && !ferror(file)))
        return true;
    fprintf(stderr, "load: cannot write all of %s: %s\n", path, strerror(errno));
    return false;
}

bool
journal_conclude(struct journal *journal, const struct results_context *context, bool ended)
{
    const struct results *results = &journal->run->results;
    struct outcome outcome = {
        .arguments = &journal->run->arguments, .command = journal->command, .began_at = journal->began_at,
        .results = results, .context = context, .criteria = &journal->criteria, .timeline = &journal->timeline,
        .ended = ended,
    };

    if (journal->sampler != NULL)
        outcome.processes = sampler_processes(journal->sampler, &outcome.process_count);
    criteria_measure(&journal->criteria, &outcome);
    results_summary(results, context, stdout);
    criteria_print(&journal->criteria, stdout);
    puts(outcome_is_good(&outcome) ? "good" : "NOT GOOD");
    if (journal->json != NULL)
        document_write(&outcome, journal->json);
    if (journal->html != NULL)
        page_write(&outcome, journal->html);
    return is_written(journal->csv, outcome.arguments->csv) && is_written(journal->json, outcome.arguments->json)
           && is_written(journal->html, outcome.arguments->html) && outcome_is_good(&outcome);
}

void
journal_release(struct journal *journal)
{
    FILE *files[] = { journal->csv, journal->json, journal->html };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (files[i] != NULL)
            fclose(files[i]);
    timeline_release(&journal->timeline);
    sampler_free(journal->sampler);
    free(journal->second.readings);
    free(journal->command);
}
