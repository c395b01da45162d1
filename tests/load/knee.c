#include "knee.h"

#include "json_out.h"

#include <stdlib.h>

static const double CLOSE_ENOUGH = 1.05, GROWS = 0.02, NO_QUEUE_S = 0.1, LONG_QUEUE_S = 1;

/* ---- one probe ---- */

static int
compare(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static double
median(int64_t *samples, int count)
{
    if (count <= 0)
        return 0;
    qsort(samples, (size_t)count, sizeof(*samples), compare);
    return (double)(samples[(count - 1) / 2] + samples[count / 2]) / 2;
}

void
probe_judge(struct probe *probe, int64_t *samples, int count, double seconds)
{
    int quarter = count / 4;
    double rate = (double)probe->rate;

    probe->backlog_begin = median(samples + count - 2 * quarter, quarter);
    probe->backlog_end = median(samples + count - quarter, quarter);
    probe->growth = (probe->backlog_end - probe->backlog_begin) / (seconds / 4);
    probe->held = probe->backlog_end <= rate * NO_QUEUE_S + 2      /* single orders are no trend */
                  || (probe->backlog_end <= rate * LONG_QUEUE_S && probe->growth <= rate * GROWS);
}

/* ---- the search ---- */

void
knee_init(struct knee *knee, int64_t from)
{
    *knee = (struct knee){ .from = from };
}

int64_t
knee_next(const struct knee *knee)
{
    int64_t low = knee->low, high = knee->high;

    if (knee->count == KNEE_PROBES)
        return 0;
    if (knee->doubted != 0)
        return knee->doubted;
    if (low == 0 && high == 0)
        return knee->from;
    if (high == 0)
        return 2 * low <= KNEE_RATE_MAX ? 2 * low : 0;
    if (low == 0)
        return high / 2;
    return (double)high <= (double)low * CLOSE_ENOUGH || high - low < 2 ? 0 : low + (high - low) / 2;
}

/* Machines have other things to do as well: a rate is given up only when it did not hold twice. */
void
knee_add(struct knee *knee, const struct probe *probe)
{
    bool again = !probe->held && knee->doubted == 0;

    knee->probes[knee->count++] = *probe;
    if (probe->held)
        knee->low = probe->rate;
    else if (!again)
        knee->high = probe->rate;
    knee->doubted = again ? probe->rate : 0;
}

/* ---- what it came to ---- */

void
probe_print(const struct probe *probe, FILE *out)
{
    fprintf(out, "  %7lld/s due, %7.0f/s done, p50 %8.2f p99 %8.2f ms, backlog %6.0f to %6.0f: %s\n",
            (long long)probe->rate, probe->done, probe->p50_ms, probe->p99_ms, probe->backlog_begin, probe->backlog_end,
            probe->held ? "holds" : "too much");
}

void
knee_print(const struct knee *knee, FILE *out)
{
    if (knee->low == 0)
        fputs("knee: not found, no rate held\n", out);
    else if (knee->high == 0)
        fprintf(out, "knee: above %lld/s, the highest that was probed\n", (long long)knee->low);
    else
        fprintf(out, "knee: %lld/s (%lld/s is too much), %d probes\n", (long long)knee->low, (long long)knee->high,
                knee->count);
}

void
knee_json(const struct knee *knee, struct json_out *out)
{
    json_out_open(out, "knee", '{');
    json_out_count(out, "rate", (uint64_t)knee->low);
    json_out_count(out, "too_much", (uint64_t)knee->high);
    json_out_open(out, "probes", '[');
    for (const struct probe *probe = knee->probes; probe < knee->probes + knee->count; probe++) {
        json_out_open(out, NULL, '{');
        json_out_count(out, "rate", (uint64_t)probe->rate);
        json_out_number(out, "done", probe->done, 1);
        json_out_number(out, "p50_ms", probe->p50_ms, 3);
        json_out_number(out, "p99_ms", probe->p99_ms, 3);
        json_out_number(out, "backlog_begin", probe->backlog_begin, 1);
        json_out_number(out, "backlog_end", probe->backlog_end, 1);
        json_out_number(out, "growth", probe->growth, 1);
        json_out_bool(out, "held", probe->held);
        json_out_close(out, '}');
    }
    json_out_close(out, ']');
    json_out_close(out, '}');
}
