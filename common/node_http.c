/* Requests of a running service: dispatch, replies that wait for the commit, replies that wait for a change. */
#include "node.h"

#include "base/clock.h"
#include "base/faults.h"
#include "feeder.h"
#include "http/problem.h"
#include "http/server.h"
#include "http/waiters.h"
#include "store/db.h"
#include "store/group_commit.h"
#include "store/outbox.h"

#include <string.h>

static void
send_held(struct node *node, struct exchange *exchange)
{
    int64_t elapsed_us = clock_monotonic_us(node->clock) - exchange->started_us;
    int route = exchange->route < 0 ? NODE_ROUTES : exchange->route;

    node->stats.answered[route][exchange->held.status / 100 % 6]++;
    histogram_add(&node->stats.http_us[route], histogram_times_us, elapsed_us);
    exchange_send(exchange);
}

void
node_answer(struct node *node, struct exchange *exchange, struct reply reply)
{
    exchange_hold(exchange, &reply);
    send_held(node, exchange);
}

void
node_answer_no_route(struct node *node, struct exchange *exchange, const char *allow)
{
    struct reply reply;

    if (allow == NULL) {
        reply = problem_reply(&exchange->arena, PROBLEM_NOT_FOUND, NULL, "there is no such path: see /openapi.yaml");
    } else {
        reply = problem_reply(&exchange->arena, PROBLEM_METHOD_NOT_ALLOWED, NULL, "the path has other methods");
        reply.allow = allow;
    }
    node_answer(node, exchange, reply);
}

/* A reply computed from the database while a turn is open may show what is not durable: it leaves with the commit. */
static void
send_or_keep(struct node *node, struct exchange *exchange)
{
    if (!group_is_open(node->core.group)) {
        send_held(node, exchange);
        return;
    }
    exchange->next = node->pending;
    node->pending = exchange;
}

static bool
wants_to_wait(const struct node *node, const struct exchange *exchange, const struct reply *reply)
{
    return reply->unsettled && exchange->request.wait_ms > 0 && node->stop_by_us == 0;
}

static bool
park(struct node *node, struct exchange *exchange)
{
    int64_t wait_ms = exchange->request.wait_ms < WAIT_LIMIT_MS ? exchange->request.wait_ms : WAIT_LIMIT_MS;

    if (waiters_count(node->waiters) == 0)
        node->waited_seq = outbox_last_seq(node->core.db);
    return waiters_add(node->waiters, exchange, exchange->started_us + wait_ms * 1000);
}

void
node_on_request(void *context, struct exchange *exchange)
{
    struct node *node = context;
    struct request *request = &exchange->request;
    const struct route *route;
    struct reply reply;
    const char *allow;

    exchange->route = -1;
    if (node_answer_operator(node, exchange) || feeder_take(node->feeder, exchange))
        return;
    route = service_route(node->service, request->method, request->path, request->arena, &request->param, &allow);
    if (route == NULL) {
        node_answer_no_route(node, exchange, allow);
        return;
    }
    exchange->route = (int)(route - node->service->routes);
    if (node_refuse_for_room(node, exchange))
        return;
    reply = core_request(&node->core, route, request);
    exchange_hold(exchange, &reply);
    if (!wants_to_wait(node, exchange, &reply) || !park(node, exchange))
        send_or_keep(node, exchange);
    node_operation_done(node);
}

/* Oldest first, as they came. */
static struct exchange *
reversed(struct exchange *list)
{
    struct exchange *result = NULL;

    while (list != NULL) {
        struct exchange *next = list->next;

        list->next = result;
        result = list;
        list = next;
    }
    return result;
}

void
node_replies_after_commit(void *context, bool committed)
{
    struct node *node = context;
    struct exchange *exchange = reversed(node->pending);

    node->pending = NULL;
    while (exchange != NULL) {
        struct exchange *next = exchange->next;

        crash_point(db_context(node->core.db)->faults, POINT_REPLY_BEFORE);
        if (!committed) {
            struct reply reply = problem_reply(&exchange->arena, PROBLEM_UNAVAILABLE, NULL,
                                               "the commit failed; the same Idempotency-Key again is safe");

            reply.retry_after_s = 1;
            exchange_hold(exchange, &reply);
        }
        send_held(node, exchange);
        exchange = next;
    }
}

/* ---- Prefer: wait ---- */

static void
answer_again(struct node *node, struct exchange *list, bool late)
{
    while (list != NULL) {
        struct exchange *exchange = list;
        const struct route *route = &node->service->routes[exchange->route];
        struct reply reply = core_request(&node->core, route, &exchange->request);

        list = exchange->next;
        exchange_hold(exchange, &reply);
        if (late || !reply.unsettled || !park(node, exchange))
            send_or_keep(node, exchange);
    }
}

struct woken {
    struct waiters *waiters;
    struct exchange *list;
    int64_t seq;
};

static bool
wake(void *context, int64_t seq, const struct envelope *out)
{
    struct woken *woken = context;
    struct exchange *taken = waiters_take(woken->waiters, out->subject);

    woken->seq = seq;
    while (taken != NULL) {
        struct exchange *next = taken->next;

        taken->next = woken->list;
        woken->list = taken;
        taken = next;
    }
    return true;
}

/* Every change of an order says something: new rows of the outbox name those that changed. */
void
node_wake_waiters(struct node *node)
{
    struct woken woken = { .waiters = node->waiters, .seq = node->waited_seq };
    int64_t now = node->stop_by_us != 0 ? INT64_MAX : clock_monotonic_us(node->clock);    /* nobody outlasts a stop */
    enum { ROWS = 100000 };

    if (waiters_count(node->waiters) == 0)
        return;
    if (!group_is_open(node->core.group)) {
        outbox_read(node->core.db, node->waited_seq, ROWS, wake, &woken);
        node->waited_seq = woken.seq;
        answer_again(node, woken.list, false);
    }
    answer_again(node, waiters_take_late(node->waiters, now), true);
}
