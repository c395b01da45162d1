/* One second of a run: what was counted and measured in it, and what its processes were found to use. */
#ifndef SECOND_H
#define SECOND_H

#include "latency.h"
#include "process.h"
#include "results.h"

enum second_count {
    COUNT_DUE, COUNT_SENT, COUNT_ACCEPTED, COUNT_ENDED, COUNT_DONE, COUNT_FAILED, COUNT_RETRIED, SECOND_COUNTS
};

/* "due", "sent" … */
extern const char *const second_count_names[SECOND_COUNTS];

struct second {
    double at_s, length_s;                  /* its end, since the run began; how long it was */
    uint64_t count[SECOND_COUNTS];          /* in it */
    uint64_t backlog;                       /* at its end: due, and not yet played to the end */
    double ms[MEASURES][LATENCY_POINTS];    /* NAN where nothing was measured */
    struct reading *readings;               /* of every process, in the sampler's order; NULL: none is sampled */
};

/* What was counted in it, as a rate per second. */
double second_rate(const struct second *second, enum second_count count);
/* Makes one of two that follow each other: counts are added, of gauges and latencies the worse one stays, so that
 * thinning hides no spike (of a next one that is much shorter only the longest latency). processes is the number of
 * readings. */
void second_merge(struct second *second, const struct second *next, int processes);

#endif
