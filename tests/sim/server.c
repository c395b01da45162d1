/* What stands in for common/http/server.h: hands the calls of customers to a service, and its replies to them. */
#include "../../common/http/server.h"
#include "../../common/http/stream.h"

#include "ask.h"
#include "sim.h"

#include <stdlib.h>
#include <string.h>

struct server {
    struct member *member;
    const struct clock *clock;
    struct uuid_source *ids;
    struct server_handler handler;
    struct server_stats stats;
    struct exchange *exchanges;  /* not answered yet, linked by older */
    bool draining;
};

struct server *
server_new(struct event_base *base, const struct log *log, const struct clock *clock, struct uuid_source *ids,
           const struct server_options *options, struct server_handler to, char **error)
{
    struct server *server = memory_new(1, sizeof(*server));

    (void)base, (void)options, (void)error;
    server->member = member_named(log->service);
    server->clock = clock;
    server->ids = ids;
    server->handler = to;
    return server;
}

/* The exchange keeps the ask where the real one has evhttp's request. */
static struct ask *
call_of(const struct exchange *exchange)
{
    return (struct ask *)(void *)exchange->http;
}

static void
end(struct exchange *exchange, const struct reply *reply)
{
    struct exchange **link = &exchange->server->exchanges;

    while (*link != exchange)
        link = &(*link)->older;
    *link = exchange->older;
    if (exchange->http != NULL)
        ask_answer(call_of(exchange), reply);
    arena_release(&exchange->arena);
    free(exchange);
}

void
server_free(struct server *server)
{
    if (server == NULL)
        return;
    while (server->exchanges != NULL)
        end(server->exchanges, NULL);
    free(server);
}

void
server_drain(struct server *server)
{
    server->draining = true;
}

int
server_replying(const struct server *server)
{
    (void)server;
    return 0;
}

const struct server_stats *
server_stats(const struct server *server)
{
    return &server->stats;
}

/* ---- exchanges ---- */

int64_t
exchange_peer_uid(const struct exchange *exchange)
{
    (void)exchange;
    return 0;
}

void
exchange_hold(struct exchange *exchange, const struct reply *reply)
{
    struct arena *arena = &exchange->arena;
    struct reply held = *reply;

    if (held.body != NULL) {
        if (held.size == 0)
            held.size = strlen(held.body);
        held.body = arena_bytes(arena, held.body, held.size);
    }
    held.location = arena_text(arena, held.location);
    exchange->held = held;
    if (sim.mutant == MUTANT_REPLY_FIRST && exchange->http != NULL) {
        ask_answer(call_of(exchange), &exchange->held);
        exchange->http = NULL;
    }
}

void
exchange_send(struct exchange *exchange)
{
    struct member *member = exchange->server->member;

    member_crash_point(member, "before a reply leaves");
    end(exchange, member->dead ? NULL : &exchange->held);
}

/* As request_read fills it. */
static void
fill(struct request *request, const struct server *server, const struct question *question)
{
    struct arena *arena = request->arena;
    char id[UUID_TEXT];

    request->in.received_at = request->in.time = clock_now_ms(server->clock);
    uuid_new(server->ids, request->in.received_at, id);
    request->in.id = arena_format(arena, "request:%s", id);
    request->in.data = question->body;
    request->in.data_size = question->body == NULL ? 0 : strlen(question->body);
    request->method = question->method;
    request->path = question->path;
    request->idempotency_key = question->key;
    request->wait_ms = question->wait_ms;
    request->query = question->query;
}

bool
server_take(struct member *member, struct ask *ask)
{
    struct server *server = NULL;
    struct exchange *exchange;

    if (member->node != NULL && !member->dead)
        server = ask_question(ask)->operators ? member->node->operators : member->node->server;
    if (server == NULL || server->draining)
        return false;
    exchange = memory_new(1, sizeof(*exchange));
    arena_init(&exchange->arena);
    exchange->request.arena = &exchange->arena;
    exchange->server = server;
    exchange->http = (struct evhttp_request *)(void *)ask;
    exchange->started_us = clock_monotonic_us(server->clock);
    exchange->older = server->exchanges;
    server->exchanges = exchange;
    fill(&exchange->request, server, ask_question(ask));
    sim_trace(member->name, "request %s %s", exchange->request.method, exchange->request.path);
    server->handler.on_request(server->handler.context, exchange);
    return true;
}

/* ---- streams: nobody listens here ---- */

bool
stream_begin(struct exchange *exchange)
{
    end(exchange, NULL);
    return false;
}

int64_t
stream_waiting(const struct exchange *exchange)
{
    (void)exchange;
    return -1;
}

void
stream_send(struct exchange *exchange, const char *bytes, size_t size)
{
    (void)exchange, (void)bytes, (void)size;
}

void
stream_end(struct exchange *exchange)
{
    (void)exchange;
}

void
stream_cut(struct exchange *exchange)
{
    (void)exchange;
}
