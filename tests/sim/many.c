#include "many.h"

#include "../../common/base/memory.h"
#include "job.h"
#include "options.h"
#include "shrink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FAILURES_SHOWN = 3, FAILURES = 10, REPORT_SIZE = 64 * 1024 };

struct many {
    const struct options *options;
    struct job *jobs;
    struct tally sum;
    int64_t next;                    /* seed */
    int running;
    int64_t failures;
    double started, said;
};

static double
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- one that fails ---- */

static void
print_repeat(const struct many *many, int64_t seed, const struct limits *limits)
{
    printf("build/sim --seed %" PRId64, seed);
    if (limits->faults != UINT32_MAX) {
        printf(" --faults ");
        mishaps_print(limits->faults, stdout);
    }
    if (limits->orders != INT64_MAX)
        printf(" --orders %" PRId64, limits->orders);
    if (limits->choices != INT64_MAX)
        printf(" --choices %" PRId64, limits->choices);
    if (many->options->mutant != MUTANT_NONE)
        printf(" --mutant %s", mutant_name(many->options->mutant));
    printf(" --trace -\n");
}

static void
show(const struct many *many, const struct job *job, const struct tally *tally)
{
    static char text[REPORT_SIZE];
    size_t size = fread(text, 1, sizeof(text), job->report);
    struct limits smaller;

    printf("\n%.*srepeat it with   ", (int)size, text);
    print_repeat(many, job->seed, &many->options->limits);
    fflush(stdout);
    if (many->options->first)
        return;
    smaller = shrink(job->seed, many->options->mutant, many->options->limits, tally->choices);
    printf("or a smaller one ");
    print_repeat(many, job->seed, &smaller);
    printf("\n");
}

/* ---- all of them ---- */

static void
end_one(struct many *many, struct job *job, int status)
{
    struct tally tally = job_end(job, status);

    tally_add(&many->sum, &tally);
    many->running--;
    if (tally.violations > 0 && many->failures++ < FAILURES_SHOWN)
        show(many, job, &tally);
    else if (tally.violations > 0)
        printf("\nseed %" PRId64 " fails as well\n", job->seed);
    fclose(job->report);
}

static void
wait_for_one(struct many *many)
{
    int status;
    pid_t pid = wait(&status);

    for (int64_t i = 0; i < many->options->jobs; i++)
        if (pid > 0 && many->jobs[i].pid == pid) {
            end_one(many, &many->jobs[i], status);
            return;
        }
}

static bool
goes_on(const struct many *many)
{
    const struct options *options = many->options;

    if (many->failures >= (options->first ? 1 : FAILURES))
        return false;
    if (options->runs > 0 && many->next - options->from >= options->runs)
        return false;
    return options->seconds == 0 || now() - many->started < (double)options->seconds;
}

static void
start_some(struct many *many)
{
    const struct options *options = many->options;

    for (int64_t i = 0; i < options->jobs && goes_on(many); i++)
        if (many->jobs[i].pid == 0) {
            job_start(&many->jobs[i], many->next++, &options->limits, options->mutant);
            many->running++;
        }
}

static void
say_how_it_goes(struct many *many, bool terminal)
{
    if (now() - many->said < (terminal ? 1 : 15))
        return;
    many->said = now();
    printf("%s%3.0f s: %" PRId64 " runs, %" PRId64 " orders, %" PRId64 " crashes, %.0f simulated hours, %" PRId64
           " failed%s", terminal ? "\r" : "", now() - many->started, many->sum.runs, many->sum.orders,
           tally_crashes(&many->sum), (double)many->sum.simulated_us / 3.6e9,
           many->failures, terminal ? "  " : "\n");
    fflush(stdout);
}

int
many(const struct options *options)
{
    struct many many = { .options = options, .next = options->from, .started = now(), .said = now() };
    bool terminal = isatty(STDOUT_FILENO) == 1;

    many.jobs = memory_new((size_t)options->jobs, sizeof(*many.jobs));
    printf("seeds from %" PRId64 " on, %" PRId64 " runs at a time\n", options->from, options->jobs);
    fflush(stdout);
    while (goes_on(&many) || many.running > 0) {
        start_some(&many);
        wait_for_one(&many);
        say_how_it_goes(&many, terminal);
    }
    if (terminal)
        printf("\n");
    tally_print(&many.sum, now() - many.started, stdout);
    printf("SIM %s runs=%" PRId64 " failed=%" PRId64 "\n", many.failures == 0 ? "CLEAN" : "FAILED", many.sum.runs,
           many.failures);
    free(many.jobs);
    return many.failures > 0;
}
