#include "many.h"

#include "../../common/base/memory.h"
#include "options.h"
#include "run.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FAILURES_SHOWN = 5, SECONDS_A_RUN = 120, REPORT_SIZE = 64 * 1024 };

/* A run that is under way. */
struct job {
    pid_t pid;
    uint64_t seed;
    int results;                     /* pipe: its tally comes out */
    FILE *report;                    /* what is wrong, if anything is */
};

struct many {
    const struct options *options;
    struct job *jobs;
    struct tally sum;
    uint64_t next;                   /* seed */
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

/* ---- a run in a process of its own ---- */

static _Noreturn void
run_job(const struct options *options, const struct job *job, int results)
{
    struct plan plan = plan_make(job->seed, options->orders, options->faults);
    struct tally tally;
    ssize_t written;

    alarm(SECONDS_A_RUN);            /* one that never ends must not hold up the others */
    dup2(fileno(job->report), STDERR_FILENO);
    plan_print(&plan, job->report);
    tally = run(&plan, options->mutant, NULL, job->report);
    fflush(job->report);
    written = write(results, &tally, sizeof(tally));
    _exit(written == (ssize_t)sizeof(tally) ? 0 : 1);
}

static void
start_job(struct many *many, struct job *job)
{
    int ends[2];

    job->seed = many->next++;
    job->report = tmpfile();
    if (job->report == NULL || pipe(ends) != 0)
        err(2, "cannot start a run");
    job->pid = fork();
    if (job->pid < 0)
        err(2, "cannot start a run");
    if (job->pid == 0)
        run_job(many->options, job, ends[1]);
    close(ends[1]);
    job->results = ends[0];
    many->running++;
}

/* ---- what came out ---- */

static void
show(const struct many *many, const struct job *job, int status)
{
    static char text[REPORT_SIZE];
    size_t size;

    rewind(job->report);
    size = fread(text, 1, sizeof(text), job->report);
    printf("\n%.*s", (int)size, text);
    if (WIFSIGNALED(status))
        printf("FAIL  the run was ended by signal %d\n", WTERMSIG(status));
    printf("repeat it with: build/sim --seed %" PRIu64 " --trace -", job->seed);
    if (many->options->mutant != MUTANT_NONE)
        printf(" --mutant %s", mutant_name(many->options->mutant));
    printf("\n\n");
}

static void
end_job(struct many *many, struct job *job, int status)
{
    struct tally tally = { .violations = 1 };
    bool whole = read(job->results, &tally, sizeof(tally)) == (ssize_t)sizeof(tally);

    if (!whole)
        tally = (struct tally){ .runs = 1, .violations = 1 };
    tally_add(&many->sum, &tally);
    if (tally.violations > 0 && many->failures++ < FAILURES_SHOWN)
        show(many, job, status);
    fclose(job->report);
    close(job->results);
    job->pid = 0;
    many->running--;
}

static void
wait_for_one(struct many *many)
{
    int status;
    pid_t pid = wait(&status);

    for (int i = 0; i < many->options->jobs; i++)
        if (pid > 0 && many->jobs[i].pid == pid)
            end_job(many, &many->jobs[i], status);
}

/* ---- all of them ---- */

static bool
goes_on(const struct many *many)
{
    const struct options *options = many->options;

    if (many->failures >= FAILURES_SHOWN)
        return false;
    if (options->runs > 0 && many->next - options->from >= (uint64_t)options->runs)
        return false;
    return options->seconds == 0 || now() - many->started < (double)options->seconds;
}

static void
say_how_it_goes(struct many *many)
{
    bool terminal = isatty(STDOUT_FILENO) == 1;
    double every = terminal ? 1 : 15;

    if (now() - many->said < every)
        return;
    many->said = now();
    printf("%s%3.0f s: %" PRId64 " runs, %" PRId64 " orders, %" PRId64 " crashes, %.0f simulated hours, %" PRId64
           " failed%s", terminal ? "\r" : "", now() - many->started, many->sum.runs, many->sum.orders,
           many->sum.faults[FAULT_KILL] + many->sum.faults[FAULT_SEGV], (double)many->sum.simulated_us / 3.6e9,
           many->failures, terminal ? "  " : "\n");
    fflush(stdout);
}

int
many(const struct options *options)
{
    struct many many = { .options = options, .next = options->from, .started = now(), .said = now() };

    many.jobs = memory_new((size_t)options->jobs, sizeof(*many.jobs));
    printf("seeds from %" PRIu64 " on, %d at a time\n", options->from, options->jobs);
    fflush(stdout);
    while (goes_on(&many) || many.running > 0) {
        for (int i = 0; i < options->jobs && goes_on(&many); i++)
            if (many.jobs[i].pid == 0)
                start_job(&many, &many.jobs[i]);
        wait_for_one(&many);
        say_how_it_goes(&many);
    }
    if (isatty(STDOUT_FILENO) == 1)
        printf("\n");
    tally_print(&many.sum, now() - many.started, stdout);
    printf("%s: %" PRId64 " runs of %" PRId64 "\n", many.failures == 0 ? "CLEAN" : "FAILED", many.failures, many.sum.runs);
    free(many.jobs);
    return many.failures > 0;
}
