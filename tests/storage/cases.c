#include "cases.h"

#include "../../common/base/memory.h"
#include "ending.h"
#include "options.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __clang__
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"      /* it forgets who keeps the report of a child */
#endif

enum { SECONDS_AT_MOST = 60, FAILURES_SHOWN = 5, FAILURES = 200, REPORT_SIZE = 16 * 1024 };

/* A process and the case that it runs. */
struct job {
    pid_t pid;                   /* 0: none */
    struct one_case it;
    FILE *report;
};

struct cases {
    const struct options *options;
    struct job *jobs;
    struct ending *endings;      /* of the jobs, shared with their processes */
    int64_t calls[CALLS];        /* of a case in which nothing fails */
    int64_t ended[HOWS];         /* of the kind and mode at hand */
    int64_t all, failed;
};

/* ---- one ---- */

static _Noreturn void
run_job(const struct job *job, struct ending *result)
{
    alarm(SECONDS_AT_MOST);      /* one that never ends must not hold up the others */
    dup2(fileno(job->report), STDERR_FILENO);
    one_case_run(&job->it, NULL, job->report);
    fflush(job->report);
    *result = ending;
    _exit(0);
}

static void
start(struct cases *cases, int slot, const struct one_case *it)
{
    struct job *job = &cases->jobs[slot];

    job->it = *it;
    job->report = tmpfile();
    memset(&cases->endings[slot], 0, sizeof(cases->endings[slot]));
    fflush(stdout);
    job->pid = job->report == NULL ? -1 : fork();
    if (job->pid < 0)
        err(2, "cannot start a case");
    if (job->pid == 0)
        run_job(job, &cases->endings[slot]);
}

static void
show(const struct cases *cases, const struct job *job, int status)
{
    static char text[REPORT_SIZE];
    size_t size;

    if (cases->failed > FAILURES_SHOWN) {
        printf("failed as well: ");
        one_case_print(&job->it, stdout);
        return;
    }
    rewind(job->report);
    size = fread(text, 1, sizeof(text), job->report);
    printf("\n%.*s%s", (int)size, text, size == sizeof(text) ? " ...\n" : "");
    if (WIFSIGNALED(status))
        printf("FAIL  signal %d ended the case\n", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        printf("FAIL  the case ended with status %d\n", WEXITSTATUS(status));
    printf("repeat it with ");
    one_case_print(&job->it, stdout);
}

/* Answers the slot that is free now. */
static int
wait_for_one(struct cases *cases)
{
    int status, slot = 0;
    pid_t pid = wait(&status);
    enum how how;

    if (pid < 0)
        err(2, "cannot wait for a case");
    while (cases->jobs[slot].pid != pid)
        slot++;
    cases->jobs[slot].pid = 0;
    how = ending_how(&cases->endings[slot]);
    cases->ended[how]++;
    cases->all++;
    if (how == HOW_FAILED) {
        cases->failed++;
        show(cases, &cases->jobs[slot], status);
    }
    fclose(cases->jobs[slot].report);
    return slot;
}

/* ---- all of a kind ---- */

/* Every call at first, then every so-many-th. */
static int64_t
next(const struct options *options, int64_t at, int64_t calls)
{
    int64_t dense = options->cases / 4;

    if (options->cases == 0 || options->cases >= calls || at < dense)
        return at + 1;
    return at + (calls - dense + options->cases - dense - 1) / (options->cases - dense);
}

static bool
goes_on(const struct cases *cases)
{
    return cases->failed < (cases->options->first ? 1 : FAILURES);
}

static void
run_all(struct cases *cases, const struct trouble_kind *kind, bool for_good)
{
    int64_t calls = cases->calls[kind->call];
    int busy = 0, slot;

    for (int64_t at = 1; at <= calls && goes_on(cases); at = next(cases->options, at, calls)) {
        struct one_case it = cases->options->one;

        it.trouble = (struct trouble){ kind, at, for_good };
        slot = busy < cases->options->jobs ? busy++ : wait_for_one(cases);
        start(cases, slot, &it);
    }
    while (busy-- > 0)
        wait_for_one(cases);
}

static void
print_row(const struct cases *cases, const struct trouble_kind *kind, const char *mode)
{
    int64_t sum = 0;

    for (int how = 0; how < HOWS; how++)
        sum += cases->ended[how];
    printf("%-9s %-8s %8" PRId64 " %6" PRId64, kind->name, mode, cases->calls[kind->call], sum);
    for (int how = 0; how < HOWS; how++)
        printf(" %*" PRId64, (int)strlen(how_name((enum how)how)) + 1, cases->ended[how]);
    printf("\n");
}

static void
run_kind(struct cases *cases, const struct trouble_kind *kind)
{
    for (int for_good = 0; for_good <= (kind->deadly ? 0 : 1) && goes_on(cases); for_good++) {
        memset(cases->ended, 0, sizeof(cases->ended));
        run_all(cases, kind, for_good);
        print_row(cases, kind, kind->deadly ? "" : for_good ? "for good" : "once");
    }
}

/* ---- all ---- */

/* Nothing fails: how many calls of each kind there are. */
static void
count(struct cases *cases)
{
    struct one_case it = cases->options->one;

    it.trouble = (struct trouble){ .kind = NULL };
    start(cases, 0, &it);
    wait_for_one(cases);
    memcpy(cases->calls, cases->endings[0].calls, sizeof(cases->calls));
    printf("seed %" PRId64 ", %" PRId64 " orders; calls until the world heals:", it.seed, cases->endings[0].orders);
    for (int call = 0; call < CALLS; call++)
        printf(" %s %" PRId64, call_name((enum call)call), cases->calls[call]);
    printf("\n%-9s %-8s %8s %6s", "fault", "mode", "calls", "cases");
    for (int how = 0; how < HOWS; how++)
        printf("  %s", how_name((enum how)how));
    printf("\n");
}

int
cases(const struct options *options)
{
    struct cases cases = { .options = options };
    size_t size = (size_t)options->jobs * sizeof(*cases.endings);

    cases.jobs = memory_new((size_t)options->jobs, sizeof(*cases.jobs));
    cases.endings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (cases.endings == MAP_FAILED)
        err(2, "no memory");
    count(&cases);
    for (const struct trouble_kind *kind = trouble_kinds; kind->name != NULL && goes_on(&cases); kind++)
        if (options->one.trouble.kind == NULL || options->one.trouble.kind == kind)
            run_kind(&cases, kind);
    printf("STORAGE %s cases=%" PRId64 " failed=%" PRId64 "\n", cases.failed == 0 ? "CLEAN" : "FAILED", cases.all,
           cases.failed);
    munmap(cases.endings, size);
    free(cases.jobs);
    return cases.failed > 0;
}

int
cases_one(const struct options *options)
{
    FILE *trace = NULL;
    enum how how;

    if (options->trace != NULL) {
        trace = strcmp(options->trace, "-") == 0 ? stdout : fopen(options->trace, "w");
        if (trace == NULL)
            err(2, "cannot write %s", options->trace);
    }
    one_case_run(&options->one, trace, stdout);
    how = ending_how(&ending);
    for (int call = 0; call < CALLS; call++)
        printf("%s %" PRId64 " ", call_name((enum call)call), ending.calls[call]);
    printf("\nfailed %" PRId64 ", exits %" PRId64 ", refused starts %" PRId64 ", turns undone %" PRId64 ", deaths %" PRId64
           ", orders %" PRId64 "\n%s%s%s\n", ending.hits, ending.exits, ending.refused_starts, ending.turns_undone,
           ending.deaths, ending.orders, how_name(how), ending.message[0] != '\0' ? ": " : "", ending.message);
    fflush(stdout);
    return how == HOW_FAILED;
}
