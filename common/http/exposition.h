/* The text that Prometheus reads (exposition format 0.0.4), written metric by metric. */
#ifndef EXPOSITION_H
#define EXPOSITION_H

#include "../base/histogram.h"

#include <stddef.h>

struct arena;
struct exposition;

struct exposition *exposition_new(void);
void exposition_free(struct exposition *exposition);

/* Starts a metric: kind is "counter", "gauge" or "histogram". Samples of it follow. */
void exposition_metric(struct exposition *exposition, const char *name, const char *kind, const char *help);
/* labels is NULL or text like route="/orders",status="2xx" whose values need no escaping. */
void exposition_sample(struct exposition *exposition, const char *labels, double value);
/* All samples of a histogram: buckets (le = bound × scale), sum (× scale) and count. */
void exposition_histogram(struct exposition *exposition, const char *labels, const struct histogram *histogram,
                          const int64_t bounds[HISTOGRAM_BUCKETS], double scale);

/* NUL-terminated, owned by the exposition. */
const char *exposition_text(const struct exposition *exposition, size_t *size);

#endif
