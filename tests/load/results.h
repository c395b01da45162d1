/* What a run has counted, and how it is told. */
#ifndef RESULTS_H
#define RESULTS_H

#include "latency.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct second;

/* What is measured of an order, each from when it was due. */
enum measure {
    TO_CREATED,         /* … to the 201 */
    TO_SETTLED,         /* … to the news that it has left CREATED */
    TO_NOTIFIED,        /* … to the news that its customer knows: paid, rejected or cancelled */
    MEASURES
};

struct knee;

enum { FAILURES_SHOWN = 10, RESULTS_COUNTED = 7 };

struct results {
    uint64_t due, started, accepted, refused, unknown;  /* orders; refused and unknown are not accepted */
    uint64_t done, failed;                              /* flows played to their ends; failures */
    uint64_t at_end[REFUNDED + 1];      /* accepted ones, by the state they ended in */
    uint64_t ended;                     /* their sum */
    uint64_t asked, streams_lost;       /* times an order was asked for in want of news; streams of news that ended */
    uint64_t notified, undelivered, missing;    /* orders told of; notification.failed; not told within --drain */
    struct latency total[MEASURES], second[MEASURES];
    int64_t begin_us, last_accepted_us, last_ended_us;  /* monotonic */
    int64_t cpu_begin_us, cpu_end_us;   /* of this process */
    uint64_t before[RESULTS_COUNTED];   /* what a second counts, at the end of the last second */
    int64_t second_us;                  /* when that was */
    uint64_t backlog_end, backlog_max;  /* at the end of the last second in which orders became due; of any second */
    bool in_place;                      /* a progress line stands on the terminal */
};

/* For the summary: what is counted elsewhere. */
struct results_context {
    const char *flows;
    int64_t clients, rate;
    uint64_t retries;
    const char *source;                 /* of the news */
    const struct knee *knee;            /* NULL: it was not searched */
};

/* Their names. */
extern const char *const results_measures[MEASURES];

void results_begin(struct results *results, int64_t now_us);
void results_measure(struct results *results, enum measure measure, int64_t us);
/* Counts it; prints the first ones to stderr. */
void results_failure(struct results *results, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends the second that has passed, and tells what was in it; its readings are NULL. */
void results_second(struct results *results, int64_t now_us, uint64_t retries, struct second *second);

/* CPU time of this process until now. */
int64_t results_cpu_us(void);

/* Ends measuring, before the summaries. */
void results_end(struct results *results);
/* Accepted orders that did not come to their end, whatever became of the flow that was to see it. */
uint64_t results_lost(const struct results *results);
/* A second, from the first order to the last answer of that kind. */
double results_rate_accepted(const struct results *results);
double results_rate_ended(const struct results *results);
double results_cpu_per_order_us(const struct results *results);
/* Nothing failed, and all that was accepted came to its end. */
bool results_is_good(const struct results *results);

/* summary.c: for people, without a verdict. */
void results_summary(const struct results *results, const struct results_context *context, FILE *out);

#endif
