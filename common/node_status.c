/* What is asked of a running service: health, readiness, metrics, its openapi.yaml. */
#include "node.h"

#include "calls.h"
#include "http/server.h"
#include "outside.h"
#include "room.h"
#include "store/group_commit.h"
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
    bool refused[ALL_TOPICS] = { false };
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
        if (state.refused != NULL && !refused[state.topic])      /* all of the topic: said once */
            count = add_text(texts, count, room, node->topic_names[state.topic], "our user may not read it");
        refused[state.topic] = refused[state.topic] || state.refused != NULL;
        if (state.seems_short)
            count = add_text(texts, count, room, where, "its log seems to end before what was read: the broker is waited for");
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
    const char *text = node_metrics_text(node, &exchange->arena, &size);

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
