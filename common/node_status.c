/* What operators ask a running service: health, readiness, metrics. */
#include "node.h"

#include "base/clock.h"
#include "base/faults.h"
#include "calls.h"
#include "http/exposition.h"
#include "http/server.h"
#include "http/waiters.h"
#include "outside.h"
#include "store/attempt.h"
#include "room.h"
#include "store/dead_letter.h"
#include "store/dead_letter_list.h"
#include "store/db.h"
#include "store/group_commit.h"
#include "store/outbox.h"
#include "store/parked.h"

#include <stdio.h>
#include <string.h>

/* ---- readiness ---- */

/* What an operator has to decide. */
static int
add_parked(const struct node *node, char (*texts)[200], int count, int room)
{
    int64_t parked = parked_count_state(node->core.db, "PARKED");

    if (parked == 0 || count >= room)
        return count;
    snprintf(texts[count], sizeof(texts[count]), "outbox: %lld row%s of the outbox %s parked, see ctl outbox list",
             (long long)parked, parked == 1 ? "" : "s", parked == 1 ? "is" : "are");
    return count + 1;
}

static int
add_text(char (*texts)[200], int count, int room, const char *what, const char *why)
{
    if (why == NULL || count >= room)
        return count;
    snprintf(texts[count], sizeof(texts[count]), "%s: %s", what, why);
    return count + 1;
}

int
node_degraded(const struct node *node, char (*texts)[200], int room)
{
    struct partition_state state;
    char where[100];
    int count = 0;

    for (int what = 0; what < SHORTAGES; what++)
        count = add_text(texts, count, room, shortage_name(what), room_short_of(node->room, what));
    count = add_text(texts, count, room, "broker", broker_trouble(node->broker));
    count = add_text(texts, count, room, "relay", relay_held(node->relay));
    for (int i = 0; i < ALL_TOPICS; i++)
        count = add_text(texts, count, room, node->topic_names[i], relay_topic_refused(node->relay, (enum topic)i));
    count = add_parked(node, texts, count, room);
    if (calls_trouble(node->calls) != NULL)
        count = add_text(texts, count, room, node->service->outside->name, calls_trouble(node->calls));
    for (int i = 0; consumer_partition(node->consumer, i, &state); i++) {
        snprintf(where, sizeof(where), "%s/%d", topic_name(state.topic), state.partition);
        count = add_text(texts, count, room, where, state.stopped);
        if (state.held)
            count = add_text(texts, count, room, where, "a record is tried again");
    }
    return count;
}

bool
node_is_ready(const struct node *node)
{
    return node->stop_by_us == 0 && !group_is_failing(node->core.group) && !room_is_short(node->room);
}

/* Texts are ours; only quotes and backslashes of topic names and error names could break the JSON. */
const char *
node_readiness_json(const struct node *node, struct arena *arena)
{
    char texts[20][200];
    int count = node_degraded(node, texts, 20);
    const char *json = arena_format(arena, "{\"status\":\"%s\",\"degraded\":[",
                                    node_is_ready(node) ? "ready" : "not ready");

    for (int i = 0; i < count; i++) {
        for (char *c = texts[i]; *c != '\0'; c++)
            if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ')
                *c = '\'';
        json = arena_format(arena, "%s%s\"%s\"", json, i == 0 ? "" : ",", texts[i]);
    }
    return arena_format(arena, "%s]}", json);
}

/* ---- metrics ---- */

static void
single(struct exposition *out, const char *name, const char *kind, const char *help, double value)
{
    exposition_metric(out, name, kind, help);
    exposition_sample(out, NULL, value);
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
    single(out, "http_waiting_requests", "gauge", "Requests held by Prefer: wait.", waiters_count(node->waiters));
    single(out, "http_requests_malformed_total", "counter", "Requests refused before any route saw them.",
           (double)server_stats(node->server)->rejected_malformed);
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

static const char *
metrics_text(const struct node *node, struct arena *arena, size_t *size)
{
    struct exposition *out = exposition_new();
    const char *text;

    write_http(node, out);
    write_commits(node, out);
    write_outbox(node, out);
    node_write_room(node, out);
    write_events(node, out);
    write_partitions(node, out);
    calls_write(node->calls, out);
    write_faults(db_context(node->core.db)->faults, out);
    text = exposition_text(out, size);
    text = arena_bytes(arena, text, *size);
    exposition_free(out);
    return text;
}

/* ---- routes ---- */

static void
answer_now(struct exchange *exchange, int status, const char *type, const char *body, size_t size)
{
    struct reply reply = { .status = status, .content_type = type, .body = body, .size = size };

    exchange_hold(exchange, &reply);
    exchange_send(exchange);
}

static void
answer_health(struct node *node, struct exchange *exchange)
{
    (void)node;
    answer_now(exchange, 200, NULL, "{\"status\":\"alive\"}", 0);
}

static void
answer_ready(struct node *node, struct exchange *exchange)
{
    answer_now(exchange, node_is_ready(node) ? 200 : 503, "application/json", node_readiness_json(node, &exchange->arena), 0);
}

static void
answer_metrics(struct node *node, struct exchange *exchange)
{
    size_t size;
    const char *text = metrics_text(node, &exchange->arena, &size);

    answer_now(exchange, 200, "text/plain; version=0.0.4", text, size);
}

static void
answer_openapi(struct node *node, struct exchange *exchange)
{
    answer_now(exchange, 200, "application/yaml", node->service->openapi, 0);
}

bool
node_answer_operator(struct node *node, struct exchange *exchange)
{
    static const struct {
        const char *path;
        void (*answer)(struct node *node, struct exchange *exchange);
    } paths[] = {
        { "/healthz", answer_health },
        { "/readyz", answer_ready },
        { "/metrics", answer_metrics },
        { "/openapi.yaml", answer_openapi },
    };

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (strcmp(exchange->request.path, paths[i].path) != 0)
            continue;
        if (strcmp(exchange->request.method, "GET") == 0)
            paths[i].answer(node, exchange);
        else
            node_answer_no_route(node, exchange, "GET");
        return true;
    }
    return false;
}
