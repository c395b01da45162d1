#include "histogram.h"

const int64_t histogram_times_us[HISTOGRAM_BUCKETS] = {
    50,     100,    200,    500,     1000,    2000,    5000,    10000,
    20000,  50000,  100000, 200000,  500000,  1000000, 5000000, 10000000,
};

const int64_t histogram_sizes[HISTOGRAM_BUCKETS] = {
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768,
};

const int64_t histogram_ages_ms[HISTOGRAM_BUCKETS] = {
    2,    5,    10,   20,   50,    100,   200,   500,
    1000, 2000, 5000, 10000, 30000, 60000, 300000, 900000,
};

void
histogram_add(struct histogram *histogram, const int64_t bounds[HISTOGRAM_BUCKETS], int64_t value)
{
    int i = 0;

    while (i < HISTOGRAM_BUCKETS && value > bounds[i])
        i++;
    histogram->count[i]++;
    histogram->total++;
    histogram->sum += value;
}
