#include "results.h"

#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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
    *results = (struct results){ .begin_us = now_us, .progress_us = now_us, .cpu_begin_us = results_cpu_us() };
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

void
results_progress(struct results *results, int64_t now_us, uint64_t retries, bool quiet)
{
    double seconds = (double)(now_us - results->progress_us) / 1e6;
    bool terminal = isatty(STDERR_FILENO);

    if (!quiet) {
        fprintf(stderr, "%s%4.0f s  done %llu  failed %llu  retried %llu  %.0f/s", terminal ? "\r\033[K" : "",
                (double)(now_us - results->begin_us) / 1e6, (unsigned long long)results->done,
                (unsigned long long)results->failed, (unsigned long long)retries,
                (double)(results->done - results->done_before) / seconds);
        for (int i = 0; i < MEASURES; i++)
            if (results->second[i].total > 0)
                fprintf(stderr, "  %s p50 %.1f p99 %.1f ms", results_measures[i], latency_ms(&results->second[i], 0.5),
                        latency_ms(&results->second[i], 0.99));
        fprintf(stderr, "  in flight %llu", (unsigned long long)(results->due - results->done));
        fputs(terminal ? "" : "\n", stderr);
        results->in_place = terminal;
    }
    for (int i = 0; i < MEASURES; i++)
        latency_move(&results->total[i], &results->second[i]);
    results->done_before = results->done;
    results->progress_us = now_us;
}

void
results_end(struct results *results)
{
    for (int i = 0; i < MEASURES; i++)
        latency_move(&results->total[i], &results->second[i]);
    if (results->in_place)
        fputc('\n', stderr);
    results->in_place = false;
}

bool
results_is_good(const struct results *results)
{
    return results->failed == 0 && results->ended == results->accepted && results->accepted > 0
           && results->missing == 0 && results->notified == results->accepted;
}
