#include "second.h"

#include <math.h>

const char *const second_count_names[SECOND_COUNTS] = {
    "due", "sent", "accepted", "ended", "done", "failed", "retried"
};

double
second_rate(const struct second *second, enum second_count count)
{
    return second->length_s > 0 ? (double)second->count[count] / second->length_s : 0;
}

/* The share of a processor is one of the time; a gap in either part stays a gap. */
static void
merge_readings(struct second *second, const struct second *next, int processes)
{
    double length = second->length_s + next->length_s;

    for (int i = 0; i < processes; i++) {
        double *value = second->readings[i].value;
        const double *other = next->readings[i].value;

        value[CPU] = length > 0 ? (value[CPU] * second->length_s + other[CPU] * next->length_s) / length : value[CPU];
        for (int gauge = CPU + 1; gauge < GAUGES; gauge++)
            value[gauge] = isnan(value[gauge]) || isnan(other[gauge]) ? NAN : fmax(value[gauge], other[gauge]);
    }
}

/* A percentile of a remainder is one of few values: only its longest counts. */
static void
merge_latencies(struct second *second, const struct second *next)
{
    enum latency_point first = next->length_s < second->length_s / 2 ? LONGEST : P50;

    for (int i = 0; i < MEASURES; i++)
        for (int point = first; point < LATENCY_POINTS; point++)
            second->ms[i][point] = fmax(second->ms[i][point], next->ms[i][point]);     /* the other one if one is NAN */
}

void
second_merge(struct second *second, const struct second *next, int processes)
{
    merge_latencies(second, next);
    merge_readings(second, next, processes);
    second->at_s = next->at_s;
    second->length_s += next->length_s;
    for (int i = 0; i < SECOND_COUNTS; i++)
        second->count[i] += next->count[i];
    second->backlog = next->backlog > second->backlog ? next->backlog : second->backlog;
}
