#include "shrink.h"

#include "job.h"

#include <sys/wait.h>
#include <time.h>

enum { SECONDS_AT_MOST = 60 };

struct shrinking {
    int64_t seed;
    enum mutant mutant;
    struct limits limits;            /* with which it fails */
    time_t end;
};

/* Whether it still fails with these; then they are kept. */
static bool
fails(struct shrinking *it, struct limits limits)
{
    struct job job;
    struct tally tally;
    int status;

    if (time(NULL) > it->end)
        return false;
    job_start(&job, it->seed, &limits, it->mutant);
    waitpid(job.pid, &status, 0);
    tally = job_end(&job, status);
    fclose(job.report);
    if (tally.violations > 0)
        it->limits = limits;
    return tally.violations > 0;
}

/* The fewest, from low to high, with which it still fails. which: an int64_t of it->limits. */
static void
fewest(struct shrinking *it, int64_t *which, int64_t low, int64_t high)
{
    while (low < high) {
        struct limits before = it->limits, limits;
        int64_t middle = low + (high - low) / 2;

        *which = middle;
        limits = it->limits;
        it->limits = before;
        if (fails(it, limits))
            high = middle;
        else
            low = middle + 1;
    }
}

static void
fewer_faults(struct shrinking *it)
{
    for (int i = 0; i < MISHAPS; i++) {
        struct limits limits = it->limits;

        limits.faults &= ~(1u << i);
        if (limits.faults != it->limits.faults)
            fails(it, limits);
    }
}

struct limits
shrink(int64_t seed, enum mutant mutant, struct limits limits, int64_t choices)
{
    struct shrinking it = { seed, mutant, limits, time(NULL) + SECONDS_AT_MOST };
    struct plan plan = plan_make(seed, &limits);

    it.limits.faults &= plan.faults;
    fewest(&it, &it.limits.choices, 0, choices);      /* after these it cannot be helped any more */
    fewer_faults(&it);
    fewest(&it, &it.limits.orders, 1, plan.orders < limits.orders ? plan.orders : limits.orders);
    return it.limits;
}
