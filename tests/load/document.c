#include "document.h"

#include "arguments.h"
#include "criteria.h"
#include "json_out.h"
#include "knee.h"
#include "outcome.h"
#include "timeline.h"

#include <event2/event.h>
#include <librdkafka/rdkafka.h>
#include <sqlite3.h>
#include <sys/utsname.h>
#include <unistd.h>

/* ---- what was run ---- */

static void
write_settings(struct json_out *out, const struct arguments *arguments)
{
    json_out_open(out, "settings", '{');
    json_out_text(out, "order", arguments->order_url);
    json_out_text(out, "payment", arguments->payment_url);
    json_out_text(out, "notify", arguments->notify_url);
    json_out_text(out, "notified", arguments->brokers);
    json_out_text(out, "topic", arguments->brokers == NULL ? NULL : arguments->topic);
    json_out_text(out, "check", arguments->check);
    json_out_count(out, "shards", (uint64_t)arguments->order.count);
    json_out_count(out, "seconds", (uint64_t)arguments->seconds);
    json_out_count(out, "orders", (uint64_t)arguments->orders);
    json_out_count(out, "shorten", (uint64_t)arguments->shorten);
    json_out_count(out, "connections", (uint64_t)arguments->connections);
    json_out_count(out, "customers", (uint64_t)arguments->customers);
    json_out_count(out, "seed", (uint64_t)arguments->seed);
    json_out_count(out, "give_up_s", (uint64_t)arguments->give_up_s);
    json_out_count(out, "drain_s", (uint64_t)arguments->drain_s);
    json_out_close(out, '}');
}

static void
write_versions(struct json_out *out)
{
    struct utsname name = { .release = "" };

    uname(&name);
    json_out_open(out, "versions", '{');
    json_out_text(out, "librdkafka", rd_kafka_version_str());
    json_out_text(out, "libevent", event_get_version());
    json_out_text(out, "sqlite", sqlite3_libversion());
    json_out_text(out, "system", name.sysname);
    json_out_text(out, "release", name.release);
    json_out_text(out, "machine", name.machine);
    json_out_count(out, "cores", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    json_out_close(out, '}');
}

/* ---- what it came to ---- */

static void
write_counts(struct json_out *out, const struct results *results, const struct results_context *context)
{
    json_out_count(out, "sent", results->started);
    json_out_count(out, "accepted", results->accepted);
    json_out_count(out, "refused", results->refused);
    json_out_count(out, "unknown", results->unknown);
    json_out_open(out, "ended", '{');
    json_out_count(out, "PAID", results->at_end[PAID]);
    json_out_count(out, "REJECTED", results->at_end[REJECTED]);
    json_out_count(out, "CANCELLED", results->at_end[CANCELLED]);
    json_out_count(out, "REFUNDED", results->at_end[REFUNDED]);
    json_out_close(out, '}');
    json_out_count(out, "lost", results_lost(results));
    json_out_count(out, "notified", results->notified);
    json_out_count(out, "missing", results->missing);
    json_out_count(out, "undelivered", results->undelivered);
    json_out_text(out, "news", context->source);
    json_out_count(out, "streams_lost", results->streams_lost);
    json_out_count(out, "asked", results->asked);
    json_out_count(out, "failures", results->failed);
    json_out_count(out, "retries", context->retries);
    json_out_count(out, "backlog_end", results->backlog_end);
    json_out_count(out, "backlog_max", results->backlog_max);
    json_out_number(out, "rate_accepted", results_rate_accepted(results), 1);
    json_out_number(out, "rate_ended", results_rate_ended(results), 1);
    json_out_number(out, "cpu_us_per_order", results_cpu_per_order_us(results), 1);
}

static void
write_latencies(struct json_out *out, const struct results *results)
{
    json_out_open(out, "latency_ms", '{');
    for (int i = 0; i < MEASURES; i++) {
        json_out_open(out, results_measures[i], '{');
        json_out_count(out, "count", results->total[i].total);
        for (int point = 0; point < LATENCY_POINTS; point++)
            json_out_number(out, latency_point_names[point],
                        latency_point_ms(&results->total[i], (enum latency_point)point), 3);
        json_out_close(out, '}');
    }
    json_out_close(out, '}');
}

static void
write_criteria(struct json_out *out, const struct criteria *criteria)
{
    json_out_open(out, "checks", '[');
    for (int i = 0; i < criteria->count; i++) {
        char measured[60];

        criterion_measured(&criteria->of[i], measured, sizeof(measured));
        json_out_open(out, NULL, '{');
        json_out_text(out, "check", criteria->of[i].text);
        json_out_text(out, "measured", measured);
        json_out_bool(out, "holds", criteria->of[i].holds);
        json_out_close(out, '}');
    }
    json_out_close(out, ']');
}

/* Each gauge at its highest. */
static void
write_processes(struct json_out *out, const struct outcome *outcome)
{
    json_out_open(out, "processes", '[');
    for (int i = 0; i < outcome->process_count; i++) {
        const struct process *process = &outcome->processes[i];

        json_out_open(out, NULL, '{');
        json_out_text(out, "name", process->name);
        json_out_number(out, "cpu_s", process->used_s, 3);
        json_out_number(out, "cpu_us_per_order", process_cpu_us(process, outcome->results->accepted), 1);
        for (int gauge = 0; gauge < process->gauges; gauge++)
            json_out_number(out, process_gauge_names[gauge], process->highest[gauge], 3);
        json_out_close(out, '}');
    }
    json_out_close(out, ']');
}

void
document_write(const struct outcome *outcome, FILE *file)
{
    const struct results_context *context = outcome->context;
    struct json_out out = { .file = file };

    json_out_open(&out, NULL, '{');
    json_out_text(&out, "flows", context->flows);
    json_out_text(&out, "command", outcome->command);
    json_out_text(&out, "began_at", outcome->began_at);
    json_out_bool(&out, "good", outcome_is_good(outcome));
    json_out_count(&out, "clients", context->rate > 0 ? 0 : (uint64_t)context->clients);
    json_out_count(&out, "rate_due", (uint64_t)context->rate);
    write_counts(&out, outcome->results, context);
    write_latencies(&out, outcome->results);
    if (context->knee != NULL)
        knee_json(context->knee, &out);
    write_criteria(&out, outcome->criteria);
    write_processes(&out, outcome);
    write_settings(&out, outcome->arguments);
    write_versions(&out);
    document_timeline(&out, outcome->timeline, outcome->processes);
    json_out_close(&out, '}');
    fputc('\n', file);
}
