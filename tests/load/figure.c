#include "figure.h"

#include "arguments.h"
#include "outcome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char figure_help[] =
    "p50, p90, p99, p999 or max (due to notified; of others created_p99, settled_p99 …), rate, rate_accepted, sent,\n"
    "accepted, ended, refused, unknown, lost, failed, retried, notified, missing, undelivered, backlog_end,\n"
    "backlog_max; of order, payment, notify, driver and each --process: order_cpu_us (for each order accepted),\n"
    "order_cpu_percent, order_rss_mb; of services: order_outbox_pending, order_outbox_age, order_lag, order_wal_mb,\n"
    "order_open_fds (each at its highest)";

/* ---- names ---- */

enum count {
    RATE, RATE_ACCEPTED, SENT, ACCEPTED, ENDED, REFUSED, UNKNOWN, LOST, FAILED, RETRIED, NOTIFIED, MISSING, UNDELIVERED,
    BACKLOG_END, BACKLOG_MAX, COUNTS
};

static const char *const count_names[COUNTS] = {
    "rate", "rate_accepted", "sent", "accepted", "ended", "refused", "unknown", "lost", "failed", "retried", "notified",
    "missing", "undelivered", "backlog_end", "backlog_max"
};

/* What a process has: CPU_AN_ORDER is no gauge. */
enum { CPU_AN_ORDER = GAUGES, PROCESS_ROWS };

static const struct { const char *suffix; bool is_time; } process_rows[PROCESS_ROWS] = {
    [CPU] = { "_cpu_percent", false }, [RSS] = { "_rss_mb", false }, [OUTBOX_PENDING] = { "_outbox_pending", false },
    [OUTBOX_AGE] = { "_outbox_age", true }, [LAG] = { "_lag", false }, [WAL] = { "_wal_mb", false },
    [OPEN_FDS] = { "_open_fds", false }, [CPU_AN_ORDER] = { "_cpu_us", false },
};

static int
find_latency(struct figure *figure, const char *name)
{
    const char *point = name;

    figure->measure = TO_NOTIFIED;
    for (int i = 0; i < MEASURES; i++) {
        size_t size = strlen(results_measures[i]);

        if (strncmp(name, results_measures[i], size) == 0 && name[size] == '_') {
            figure->measure = (enum measure)i;
            point = name + size + 1;
        }
    }
    figure->kind = FIGURE_LATENCY;
    figure->is_time = true;
    for (int i = 0; i < LATENCY_POINTS; i++)
        if (strcmp(point, latency_point_names[i]) == 0) {
            figure->point = (enum latency_point)i;
            return 0;
        }
    return -1;
}

static int
find_count(struct figure *figure, const char *name)
{
    figure->kind = FIGURE_COUNT;
    figure->is_time = false;
    for (int i = 0; i < COUNTS; i++)
        if (strcmp(name, count_names[i]) == 0) {
            figure->row = i;
            return 0;
        }
    return -1;
}

/* "order", "order.1" with so many shards, "driver", or one that --process names. */
static bool
is_watched(const char *name, const struct arguments *arguments, bool *service)
{
    static const char *const services[] = { "order", "payment", "notify" };
    char shard[PROCESS_NAME];

    *service = true;
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (strcmp(name, services[i]) == 0)
            return true;
        for (int j = 0; j < arguments->order.count && arguments->order.count > 1; j++) {
            snprintf(shard, sizeof(shard), "%s.%d", services[i], j);
            if (strcmp(name, shard) == 0)
                return true;
        }
    }
    *service = false;
    for (int i = 0; i < arguments->processes.count; i++)
        if (strcmp(name, arguments->processes.of[i].name) == 0)
            return true;
    return strcmp(name, "driver") == 0;
}

static int
find_process(struct figure *figure, const char *name, const struct arguments *arguments)
{
    bool service;

    figure->kind = FIGURE_PROCESS;
    for (int i = 0; i < PROCESS_ROWS; i++) {
        size_t suffix = strlen(process_rows[i].suffix), size = strlen(name) > suffix ? strlen(name) - suffix : 0;

        if (size == 0 || size >= PROCESS_NAME || strcmp(name + size, process_rows[i].suffix) != 0)
            continue;
        memcpy(figure->process, name, size);
        figure->process[size] = '\0';
        figure->row = i;
        figure->is_time = process_rows[i].is_time;
        return is_watched(figure->process, arguments, &service)
                       && (service || i == CPU || i == RSS || i == CPU_AN_ORDER) ? 0 : -1;
    }
    return -1;
}

int
figure_find(struct figure *figure, const char *name, size_t size, const struct arguments *arguments)
{
    char text[80];

    *figure = (struct figure){ .row = 0 };
    if (size >= sizeof(text))
        return -1;
    memcpy(text, name, size);
    text[size] = '\0';
    if (find_latency(figure, text) == 0 || find_count(figure, text) == 0)
        return 0;
    return find_process(figure, text, arguments);
}

/* ---- values ---- */

static double
count_value(enum count count, const struct results *results, uint64_t retries)
{
    switch (count) {
    case RATE: return results_rate_ended(results);
    case RATE_ACCEPTED: return results_rate_accepted(results);
    case SENT: return (double)results->started;
    case ACCEPTED: return (double)results->accepted;
    case ENDED: return (double)results->ended;
    case REFUSED: return (double)results->refused;
    case UNKNOWN: return (double)results->unknown;
    case LOST: return (double)results_lost(results);
    case FAILED: return (double)results->failed;
    case RETRIED: return (double)retries;
    case NOTIFIED: return (double)results->notified;
    case MISSING: return (double)results->missing;
    case UNDELIVERED: return (double)results->undelivered;
    case BACKLOG_END: return (double)results->backlog_end;
    case BACKLOG_MAX: return (double)results->backlog_max;
    case COUNTS: break;
    }
    return NAN;
}

/* Shards are one service: what they use and hold is added, the oldest row is the oldest of all. */
static double
process_value(const struct figure *figure, const struct outcome *outcome)
{
    double value = NAN;

    for (int i = 0; i < outcome->process_count; i++) {
        const struct process *process = &outcome->processes[i];
        double one = figure->row == CPU_AN_ORDER ? process_cpu_us(process, outcome->results->accepted)
                                                 : process->highest[figure->row];

        if (!process_is_called(process, figure->process))
            continue;
        if (isnan(value) || isnan(one))
            value = isnan(value) ? one : value;
        else
            value = figure->row == OUTBOX_AGE ? fmax(value, one) : value + one;
    }
    return figure->is_time ? 1000 * value : value;
}

double
figure_value(const struct figure *figure, const struct outcome *outcome)
{
    const struct results *results = outcome->results;

    if (figure->kind == FIGURE_PROCESS)
        return process_value(figure, outcome);
    if (figure->kind == FIGURE_COUNT)
        return count_value((enum count)figure->row, results, outcome->context->retries);
    if (results->total[figure->measure].total == 0)
        return NAN;
    return latency_point_ms(&results->total[figure->measure], figure->point);
}
