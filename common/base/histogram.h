/* A histogram of fixed buckets, as Prometheus counts them; values in microseconds or in plain counts. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 16 };

struct histogram {
    uint64_t count[HISTOGRAM_BUCKETS + 1];   /* the last one is +Inf; not cumulative */
    uint64_t total;
    int64_t sum;
};

/* Upper bounds, ascending: 50 µs … 10 s for times, 1 … 32,768 for sizes, 2 ms … 15 min for ages. */
extern const int64_t histogram_times_us[HISTOGRAM_BUCKETS];
extern const int64_t histogram_sizes[HISTOGRAM_BUCKETS];
extern const int64_t histogram_ages_ms[HISTOGRAM_BUCKETS];

void histogram_add(struct histogram *histogram, const int64_t bounds[HISTOGRAM_BUCKETS], int64_t value);

#endif
