#include "latency.h"

#include <string.h>

const char *const latency_point_names[LATENCY_POINTS] = { "p50", "p90", "p99", "p999", "max" };

static int
bucket_of(int64_t us)
{
    int shift, bucket;

    if (us < LATENCY_FINE)
        return us < 0 ? 0 : (int)us;
    shift = 63 - __builtin_clzll((unsigned long long)us) - 6;       /* us >> shift is in 64 … 127 */
    bucket = LATENCY_FINE * shift + (int)(us >> shift);
    return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

/* The middle of a bucket. */
static double
middle_us(int bucket)
{
    int shift = bucket / LATENCY_FINE - 1;
    double width;

    if (bucket < LATENCY_FINE)
        return bucket;
    width = (double)(1LL << shift);
    return (double)(LATENCY_FINE + bucket % LATENCY_FINE) * width + width / 2;
}

void
latency_add(struct latency *latency, int64_t us)
{
    latency->count[bucket_of(us)]++;
    latency->total++;
    if (us > latency->max_us)
        latency->max_us = us;
}

void
latency_move(struct latency *latency, struct latency *part)
{
    if (part->total == 0)
        return;
    for (int i = 0; i < LATENCY_BUCKETS; i++)
        latency->count[i] += part->count[i];
    latency->total += part->total;
    if (part->max_us > latency->max_us)
        latency->max_us = part->max_us;
    memset(part, 0, sizeof(*part));
}

void
latency_between(struct latency *between, const struct latency *before, const struct latency *now)
{
    *between = (struct latency){ .total = now->total - before->total };
    for (int i = 0; i < LATENCY_BUCKETS; i++) {
        between->count[i] = now->count[i] - before->count[i];
        if (between->count[i] > 0)
            between->max_us = (int64_t)middle_us(i);
    }
}

double
latency_ms(const struct latency *latency, double share)
{
    double wanted = share * (double)latency->total;
    uint64_t passed = 0;

    for (int i = 0; i < LATENCY_BUCKETS; i++) {
        passed += latency->count[i];
        if (passed > 0 && (double)passed >= wanted) {
            double us = middle_us(i);

            return (us < (double)latency->max_us ? us : (double)latency->max_us) / 1000;
        }
    }
    return 0;
}

double
latency_point_ms(const struct latency *latency, enum latency_point point)
{
    static const double shares[LONGEST] = { 0.5, 0.9, 0.99, 0.999 };

    return point == LONGEST ? (double)latency->max_us / 1000 : latency_ms(latency, shares[point]);
}
