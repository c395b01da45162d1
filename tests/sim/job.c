#include "job.h"

#include "run.h"

#include <err.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_AT_MOST = 120 };

static _Noreturn void
do_it(const struct job *job, const struct limits *limits, enum mutant mutant, int results)
{
    struct plan plan = plan_make(job->seed, limits);
    struct tally tally;
    ssize_t written;

    alarm(SECONDS_AT_MOST);          /* one that never ends must not hold up the others */
    dup2(fileno(job->report), STDERR_FILENO);
    plan_print(&plan, job->report);
    fflush(job->report);
    tally = run(&plan, mutant, NULL, job->report);
    fflush(job->report);
    written = write(results, &tally, sizeof(tally));
    _exit(written == (ssize_t)sizeof(tally) ? 0 : 1);
}

void
job_start(struct job *job, int64_t seed, const struct limits *limits, enum mutant mutant)
{
    int ends[2];

    job->seed = seed;
    job->report = tmpfile();
    if (job->report == NULL || pipe(ends) != 0)
        err(2, "cannot start a run");
    job->pid = fork();
    if (job->pid < 0)
        err(2, "cannot start a run");
    if (job->pid == 0)
        do_it(job, limits, mutant, ends[1]);
    close(ends[1]);
    job->results = ends[0];
}

struct tally
job_end(struct job *job, int status)
{
    struct tally tally;
    bool whole = read(job->results, &tally, sizeof(tally)) == (ssize_t)sizeof(tally);

    close(job->results);
    job->pid = 0;
    rewind(job->report);
    if (whole)
        return tally;
    fseek(job->report, 0, SEEK_END);
    if (WIFSIGNALED(status))
        fprintf(job->report, "FAIL  signal %d ended the run\n", WTERMSIG(status));
    rewind(job->report);
    return (struct tally){ .runs = 1, .violations = 1 };
}
