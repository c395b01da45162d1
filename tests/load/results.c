#include "results.h"

#include "second.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <sys/resource.h>

const char *const results_measures[MEASURES] = { "created", "settled", "notified" };

int64_t
results_cpu_us(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) + usage.ru_utime.tv_usec
           + usage.ru_stime.tv_usec;
}

void
results_begin(struct results *results, int64_t now_us)
{
    *results = (struct results){ .begin_us = now_us, .second_us = now_us, .cpu_begin_us = results_cpu_us() };
}

void
results_measure(struct results *results, enum measure measure, int64_t us)
{
    latency_add(&results->second[measure], us);
}

void
results_failure(struct results *results, const char *format, ...)
{
    va_list args;

    if (results->failed++ >= FAILURES_SHOWN)
        return;
    fputs(results->in_place ? "\nfailed: " : "failed: ", stderr);
    results->in_place = false;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

/* ---- a second ---- */

static void
take_counts(struct results *results, uint64_t retries, struct second *second)
{
    const uint64_t now[SECOND_COUNTS] = {
        [COUNT_DUE] = results->due, [COUNT_SENT] = results->started, [COUNT_ACCEPTED] = results->accepted,
        [COUNT_ENDED] = results->ended, [COUNT_DONE] = results->done, [COUNT_FAILED] = results->failed,
        [COUNT_RETRIED] = retries,
    };

    static_assert((int)SECOND_COUNTS == (int)RESULTS_COUNTED, "all counts of the second before are kept");
    for (int i = 0; i < SECOND_COUNTS; i++) {
        second->count[i] = now[i] - results->before[i];
        results->before[i] = now[i];
    }
}

static void
take_backlog(struct results *results, struct second *second)
{
    second->backlog = results->due - results->done;
    if (second->count[COUNT_DUE] > 0)
        results->backlog_end = second->backlog;
    if (second->backlog > results->backlog_max)
        results->backlog_max = second->backlog;
}

static void
take_latencies(struct results *results, struct second *second)
{
    for (int i = 0; i < MEASURES; i++) {
        for (int point = 0; point < LATENCY_POINTS; point++)
            second->ms[i][point] = results->second[i].total == 0
                                       ? NAN : latency_point_ms(&results->second[i], (enum latency_point)point);
        latency_move(&results->total[i], &results->second[i]);
    }
}

void
results_second(struct results *results, int64_t now_us, uint64_t retries, struct second *second)
{
    *second = (struct second){ .at_s = (double)(now_us - results->begin_us) / 1e6,
                               .length_s = (double)(now_us - results->second_us) / 1e6 };
    take_counts(results, retries, second);
    take_backlog(results, second);
    take_latencies(results, second);
    results->second_us = now_us;
}

/* ---- the whole run ---- */

void
results_end(struct results *results)
{
    results->cpu_end_us = results_cpu_us();
    for (int i = 0; i < MEASURES; i++)
        latency_move(&results->total[i], &results->second[i]);
    if (results->in_place)
        fputc('\n', stderr);
    results->in_place = false;
}

static double
rate(const struct results *results, uint64_t count, int64_t until_us)
{
    return until_us > results->begin_us ? (double)count * 1e6 / (double)(until_us - results->begin_us) : 0;
}

double
results_rate_accepted(const struct results *results)
{
    return rate(results, results->accepted, results->last_accepted_us);
}

double
results_rate_ended(const struct results *results)
{
    return rate(results, results->ended, results->last_ended_us);
}

double
results_cpu_per_order_us(const struct results *results)
{
    double used = (double)(results->cpu_end_us - results->cpu_begin_us);

    return results->accepted == 0 ? 0 : used / (double)results->accepted;
}

uint64_t
results_lost(const struct results *results)
{
    return results->accepted - results->ended;
}

bool
results_is_good(const struct results *results)
{
    return results->failed == 0 && results->ended == results->accepted && results->accepted > 0
           && results->missing == 0 && results->notified == results->accepted;
}
