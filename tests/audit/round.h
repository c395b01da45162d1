/*
 * One reading of everything, and its verdict. The databases are read twice and the topics in between, so that what a check
 * takes for an effect was there before what it takes for its cause is looked for:
 *
 *   1. first reading of all databases      effects: orders, payments, notifications; which rows have been sent
 *   2. the topics, up to their ends        a row that had been sent is there by now
 *   3. second reading of all databases     causes: what was said; whoever wrote a record has committed its row before
 *
 * So it is sound while the services work. Read transactions stay open as long as the round lasts: meanwhile the -wal files of
 * running services grow.
 */
#ifndef ROUND_H
#define ROUND_H

#include "options.h"
#include "print.h"

#include <pthread.h>

enum { HALVES = 2 };

struct round;

/* Half of the checks of all shards, on connections of its own: those that need the events, and all others. */
struct half {
    struct round *round;
    unsigned part;                          /* EVENTS or 0 */
    struct audit *audits[SHARDS_AT_MOST];
    struct report report;
    bool failed;
    char *error;
};

struct round {
    const struct options *options;
    struct half halves[HALVES];
    struct report reports[HALVES];          /* the same, side by side */
    int64_t records;                        /* read from the topics … */
    double seconds, records_s;              /* … in so long; the whole round */
};

void round_init(struct round *round, const struct options *options, bool keep_all);
void round_release(struct round *round);
/* Once. -1 with *error (the round's): something cannot be read. */
int round_run(struct round *round, const char **error);
/* After it, what there is to print; as long as the round. */
struct findings round_findings(const struct round *round);

#endif
