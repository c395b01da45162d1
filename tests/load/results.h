/* What a run has counted, and how it is told. */
#ifndef RESULTS_H
#define RESULTS_H

#include "latency.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What is measured of an order, each from when it was due. */
enum measure {
    TO_CREATED,         /* … to the 201 */
    TO_SETTLED,         /* … to the news that it has left CREATED */
    TO_NOTIFIED,        /* … to the news that its customer knows: paid, rejected or cancelled */
    MEASURES
};

struct knee;

enum { FAILURES_SHOWN = 10 };

struct results {
    uint64_t due, started, accepted, refused, unknown;  /* orders; refused and unknown are not accepted */
    uint64_t done, failed;                              /* flows played to their ends; failures */
    uint64_t at_end[REFUNDED + 1];      /* accepted ones, by the state they ended in */
    uint64_t ended;                     /* their sum */
    uint64_t asked, streams_lost;       /* times an order was asked for in want of news; streams of news that ended */
    uint64_t notified, undelivered, missing;    /* orders told of; notification.failed; not told within --drain */
    struct latency total[MEASURES], second[MEASURES];
    int64_t begin_us, last_accepted_us, last_ended_us;  /* monotonic */
    int64_t cpu_begin_us;
    uint64_t done_before;               /* at the last progress line */
    int64_t progress_us;
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
/* A line for the second that has passed; overwrites the last one on a terminal. Ends the second in any case. */
void results_progress(struct results *results, int64_t now_us, uint64_t retries, bool quiet);

/* CPU time of this process until now. */
int64_t results_cpu_us(void);

/* Nothing failed, and all that was accepted came to its end. */
bool results_is_good(const struct results *results);
/* Ends measuring, before the summaries. */
void results_end(struct results *results);
/* summary.c */
void results_summary(const struct results *results, const struct results_context *context, FILE *out);
void results_json(const struct results *results, const struct results_context *context, FILE *out);

#endif
