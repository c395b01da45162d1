/* A histogram of times: 64 buckets for each power of two, so that what is read from it is at most 1.6 % wrong. */
#ifndef LATENCY_H
#define LATENCY_H

#include <stdint.h>

enum {
    LATENCY_FINE = 64,                          /* buckets a power of two; below it every µs has its own */
    LATENCY_BUCKETS = LATENCY_FINE * 31         /* up to 2^36 µs, 19 hours */
};

struct latency {
    uint64_t total;
    int64_t max_us;
    uint32_t count[LATENCY_BUCKETS];
};

/* What is told of a histogram: percentiles, and the longest. */
enum latency_point { P50, P90, P99, P999, LONGEST, LATENCY_POINTS };

extern const char *const latency_point_names[LATENCY_POINTS];       /* "p50" … "max" */

void latency_add(struct latency *latency, int64_t us);
/* Adds all of `part` and empties it. */
void latency_move(struct latency *latency, struct latency *part);
/* What was added since a histogram was `before`; its maximum may be off by 1.6 %. */
void latency_between(struct latency *between, const struct latency *before, const struct latency *now);
/* The time that this share (0.99) of the values does not exceed, in ms; 0 if there are none. */
double latency_ms(const struct latency *latency, double share);
double latency_point_ms(const struct latency *latency, enum latency_point point);

#endif
