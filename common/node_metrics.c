/* What a running service counts, as /metrics shows it. */
#include "node.h"

#include "base/clock.h"
#include "base/faults.h"
#include "calls.h"
#include "feeder.h"
#include "http/exposition.h"
#include "http/server.h"
#include "http/waiters.h"
#include "store/attempt.h"
#include "store/db.h"
#include "store/dead_letter.h"
#include "store/dead_letter_list.h"
#include "store/group_commit.h"
#include "store/outbox.h"
#include "store/parked.h"

#include <stdio.h>
#include <string.h>

static void
single(struct exposition *out, const char *name, const char *kind, const char *help, double value)
{
    exposition_metric(out, name, kind, help);
    exposition_sample(out, NULL, value);
}

static void
write_shard(const struct node *node, struct exposition *out)
{
    const struct shard *shard = &db_context(node->core.db)->shard;
    char labels[60];

    snprintf(labels, sizeof(labels), "shard=\"%d\",shards=\"%d\"", shard->index, shard->count);
    exposition_metric(out, "shard_info", "gauge", "Which shard this is, of how many; always 1.");
    exposition_sample(out, labels, 1);
}

static void
write_http(const struct node *node, struct exposition *out)
{
    const struct route *routes = node->service->routes;
    char labels[160];

    exposition_metric(out, "http_requests_total", "counter", "Requests answered, by route and class of status.");
    for (int i = 0; i <= NODE_ROUTES; i++) {
        if (i < NODE_ROUTES && routes[i].handle == NULL) {
            i = NODE_ROUTES - 1;
            continue;
        }
        for (int class = 2; class < 6; class++) {
            snprintf(labels, sizeof(labels), "method=\"%s\",route=\"%s\",status=\"%dxx\"",
                     i < NODE_ROUTES ? routes[i].method : "", i < NODE_ROUTES ? routes[i].path : "", class);
            exposition_sample(out, labels, (double)node->stats.answered[i][class]);
        }
    }
    exposition_metric(out, "http_request_duration_seconds", "histogram", "From complete request to reply.");
    for (int i = 0; i < NODE_ROUTES && routes[i].handle != NULL; i++) {
        snprintf(labels, sizeof(labels), "method=\"%s\",route=\"%s\"", routes[i].method, routes[i].path);
        exposition_histogram(out, labels, &node->stats.http_us[i], histogram_times_us, 1e-6);
    }
    single(out, "http_connections", "gauge", "Connections open now.", server_stats(node->server)->connections);
    single(out, "http_connections_accepted_total", "counter", "Connections that have come.",
           (double)server_stats(node->server)->accepted);
    single(out, "http_accept_errors_total", "counter", "Times that none could come: no descriptors or memory left.",
           (double)server_stats(node->server)->accept_errors);
    single(out, "http_waiting_requests", "gauge", "Requests held by Prefer: wait.", waiters_count(node->waiters));
    single(out, "http_requests_malformed_total", "counter", "Requests refused before any route saw them.",
           (double)server_stats(node->server)->rejected_malformed);
    single(out, "http_requests_unauthorized_total", "counter", "Of these, requests that did not show the token.",
           (double)server_stats(node->server)->unauthorized);
    single(out, "http_requests_timed_out_total", "counter", "Requests that were not complete in time.",
           (double)server_stats(node->server)->timed_out);
}

static void
write_commits(const struct node *node, struct exposition *out)
{
    const struct group_stats *stats = group_stats(node->core.group);

    exposition_metric(out, "group_commit_size", "histogram", "Causes made durable by one COMMIT.");
    exposition_histogram(out, NULL, &stats->size, histogram_sizes, 1);
    exposition_metric(out, "group_commit_duration_seconds", "histogram", "Duration of COMMIT.");
    exposition_histogram(out, NULL, &stats->commit_us, histogram_times_us, 1e-6);
    single(out, "group_commit_failures_total", "counter", "Turns that were undone.", (double)stats->failures);
    exposition_metric(out, "loop_stall_seconds", "histogram", "How late the loop came to its timer.");
    exposition_histogram(out, NULL, &node->stats.stall_us, histogram_times_us, 1e-6);
}

static void
write_outbox(const struct node *node, struct exposition *out)
{
    static const char *const states[] = { "PARKED", "WAITING", "WAITING_TOPIC", "ABANDONED", "SKIPPED" };
    const struct relay_stats *stats = relay_stats(node->relay);
    char labels[40];
    int64_t cursor = relay_cursor(node->relay), oldest = outbox_oldest_after(node->core.db, cursor);
    int64_t age_ms = oldest == 0 ? 0 : clock_now_ms(node->clock) - oldest;

    single(out, "outbox_pending", "gauge", "Rows that the broker has not acknowledged.",
           (double)(outbox_last_seq(node->core.db) - cursor));
    single(out, "outbox_oldest_age_seconds", "gauge", "Age of the oldest such row.",
           age_ms < 0 ? 0 : (double)age_ms / 1000);
    single(out, "relay_sent_total", "counter", "Rows handed to the producer.", (double)stats->sent);
    single(out, "relay_acknowledged_total", "counter", "Rows acknowledged by the broker.",
           (double)stats->acknowledged);
    single(out, "relay_refused_total", "counter", "Refusals by the broker.", (double)stats->refused);
    single(out, "relay_lost_total", "counter", "Rows given back undecided, which were sent again.", (double)stats->lost);
    single(out, "relay_set_aside_total", "counter", "Rows refused for good.", (double)stats->set_aside);
    exposition_metric(out, "outbox_parked", "gauge", "Rows moved aside, by state.");
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        snprintf(labels, sizeof(labels), "state=\"%s\"", states[i]);
        exposition_sample(out, labels, (double)parked_count_state(node->core.db, states[i]));
    }
    single(out, "relay_rebuilt_total", "counter", "Producers replaced after a fatal error.",
           (double)stats->rebuilt);
    single(out, "relay_held", "gauge", "1 while a refused row holds the relay.", relay_held(node->relay) != NULL);
}

/* A reason is ours, but it has been on a topic that others can write to. */
static void
write_reason(void *out, const char *reason, int64_t count)
{
    char labels[100];

    if (reason[strspn(reason, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
        reason = "other";
    snprintf(labels, sizeof(labels), "reason=\"%.64s\"", reason);
    exposition_sample(out, labels, (double)count);
}

static void
write_events(const struct node *node, struct exposition *out)
{
    const struct intake_stats *stats = intake_stats(node->intake);
    static const char *const results[RESULTS] = { "handled", "duplicate", "skipped", "retried", "dead", "lost" };
    char labels[100];

    exposition_metric(out, "events_total", "counter", "Events read, by type and what became of them.");
    for (int type = NO_TYPE + 1; type < ENVELOPE_TYPES; type++)
        for (int how = 0; how < RESULTS; how++) {
            if (!service_hears(node->service, envelope_topic((enum envelope_type)type)))
                continue;
            snprintf(labels, sizeof(labels), "type=\"%s\",result=\"%s\"",
                     envelope_type_name((enum envelope_type)type), results[how]);
            exposition_sample(out, labels, (double)stats->handled[type][how]);
        }
    single(out, "events_unknown_type_total", "counter", "Events of a type this version does not know.",
           (double)stats->unknown_type);
    single(out, "records_malformed_total", "counter", "Records that are no events of ours.",
           (double)stats->malformed);
    single(out, "records_skipped_again_total", "counter", "Records read twice and skipped by position.",
           (double)consumer_stats(node->consumer)->skipped_again);
    single(out, "attempts_open", "gauge", "Events that have failed and are tried again.",
           (double)attempts_count(node->core.db));
    single(out, "dead_letters_total", "counter", "Records set aside.", (double)stats->dead_letters);
    single(out, "compensations_failed_total", "counter", "Events that could neither be handled nor given up.",
           (double)stats->compensations_failed);
    single(out, "dead_letters_open", "gauge", "Dead letters that wait for an operator.",
           (double)dead_letter_count_open(node->core.db));
    exposition_metric(out, "dead_letters_open_by_reason", "gauge", "The same, by reason.");
    dead_letters_by_reason(node->core.db, write_reason, out);
}

static void
write_partitions(const struct node *node, struct exposition *out)
{
    struct partition_state state;
    char labels[100];

    exposition_metric(out, "consumer_lag", "gauge", "Records not yet passed, by partition.");
    for (int i = 0; consumer_partition(node->consumer, i, &state); i++) {
        snprintf(labels, sizeof(labels), "topic=\"%s\",partition=\"%d\"", topic_name(state.topic), state.partition);
        if (state.lag >= 0)
            exposition_sample(out, labels, (double)state.lag);
    }
    exposition_metric(out, "consumer_partition_paused", "gauge", "1 while a record is tried again, or it is stopped.");
    for (int i = 0; consumer_partition(node->consumer, i, &state); i++) {
        snprintf(labels, sizeof(labels), "topic=\"%s\",partition=\"%d\"", topic_name(state.topic), state.partition);
        exposition_sample(out, labels, state.held || state.stopped != NULL);
    }
    exposition_metric(out, "consumer_partition_stopped", "gauge", "1 while it is not read until somebody decides.");
    for (int i = 0; consumer_partition(node->consumer, i, &state); i++) {
        snprintf(labels, sizeof(labels), "topic=\"%s\",partition=\"%d\"", topic_name(state.topic), state.partition);
        exposition_sample(out, labels, state.stopped != NULL);
    }
    single(out, "broker_known", "gauge", "1 while the broker is known and ours.", broker_is_known(node->broker));
}

static void
write_faults(const struct faults *faults, struct exposition *out)
{
    char labels[60];

    if (faults == NULL)
        return;
    exposition_metric(out, "faults_total", "counter", "How often a fault on purpose has struck.");
    for (int i = 0; i < FAULTS; i++) {
        snprintf(labels, sizeof(labels), "fault=\"%s\"", fault_kinds[i].name);
        exposition_sample(out, labels, (double)faults_count(faults, (enum fault)i));
    }
}

const char *
node_metrics_text(const struct node *node, struct arena *arena, size_t *size)
{
    struct exposition *out = exposition_new();
    const char *text;

    write_shard(node, out);
    node_write_health(node, out);
    node_write_own(node, out);
    write_http(node, out);
    write_commits(node, out);
    write_outbox(node, out);
    node_write_room(node, out);
    write_events(node, out);
    write_partitions(node, out);
    feeder_write(node->feeder, out);
    calls_write(node->calls, out);
    write_faults(db_context(node->core.db)->faults, out);
    text = exposition_text(out, size);
    text = arena_bytes(arena, text, *size);
    exposition_free(out);
    return text;
}
