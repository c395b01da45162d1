#include "server_private.h"

#include "../base/clock.h"
#include "../base/error.h"

#include <event2/event.h>
#include <event2/http.h>
#include <signal.h>
#include <stdlib.h>

/* evhttp reads a little more than the limit, so that a body just too large can be answered at once. What is larger still is
 * refused by evhttp, after it was read and dropped: a client that still sends would not see an earlier answer. */
enum { BODY_SLACK = 4096 };

static void
on_request(struct evhttp_request *http, void *server_)
{
    struct server *server = server_;
    struct exchange *exchange = exchange_take(server, http);
    struct refusal refusal;

    connection_enter(connection_of(server, http), HANDLING);
    exchange->started_us = clock_monotonic_us(server->clock);
    if (request_read(exchange, &refusal) != 0) {
        server->stats.rejected_malformed++;
        exchange->held = problem_reply(&exchange->arena, refusal.problem, NULL, refusal.detail);
        exchange->held.close = true;
        exchange_send(exchange);
        return;
    }
    server->handler.on_request(server->handler.context, exchange);
}

static struct evhttp *
http_new(struct server *server)
{
    struct evhttp *http = evhttp_new(server->base);

    if (http == NULL)
        return NULL;
    evhttp_set_max_headers_size(http, server->options.max_header_bytes);
    evhttp_set_max_body_size(http, server->options.max_body_bytes + BODY_SLACK);
    evhttp_set_flags(http, EVHTTP_SERVER_LINGERING_CLOSE);
    evhttp_set_default_content_type(http, NULL);
    evhttp_set_allowed_methods(http, UINT16_MAX);   /* what a path allows is for the routes to say */
    evhttp_set_bevcb(http, on_accept, server);
    evhttp_set_gencb(http, on_request, server);
    return http;
}

/* Often enough to keep a deadline within a quarter, seldom enough to cost a quiet service nothing. */
static int
start_tick(struct server *server)
{
    const struct server_options *options = &server->options;
    int shortest = options->request_timeout_ms < options->idle_timeout_ms ? options->request_timeout_ms
                                                                          : options->idle_timeout_ms;
    int ms = shortest / 4 < 10 ? 10 : shortest / 4 > 1000 ? 1000 : shortest / 4;
    struct timeval interval = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

    server->arrivals = event_new(server->base, -1, 0, on_arrivals, server);
    server->tick = event_new(server->base, -1, EV_PERSIST, on_tick, server);
    server->refusals = event_new(server->base, -1, 0, on_refusals, server);
    if (server->arrivals == NULL || server->refusals == NULL || server->tick == NULL)
        return -1;
    return event_add(server->tick, &interval);
}

struct server *
server_new(struct event_base *base, const struct log *log, const struct clock *clock, struct uuid_source *ids,
           const struct server_options *options, struct server_handler handler, char **error)
{
    struct server *server = memory_new(1, sizeof(*server));

    *server = (struct server){
        .base = base, .log = log, .clock = clock, .ids = ids, .options = *options, .handler = handler,
    };
    signal(SIGPIPE, SIG_IGN);   /* libevent writes with writev, which raises it when a client has gone */
    server->http = http_new(server);
    if (server->http == NULL || start_tick(server) != 0) {
        error_set(error, "cannot listen on %s: no memory for the server", options->address);
        server_free(server);
        return NULL;
    }
    if (listen_start(server, error) != 0) {
        server_free(server);
        return NULL;
    }
    server->options.address = NULL;     /* the caller's */
    return server;
}

void
server_free(struct server *server)
{
    if (server == NULL)
        return;
    listen_end(server);
    if (server->tick != NULL)
        event_free(server->tick);
    if (server->arrivals != NULL)
        event_free(server->arrivals);
    if (server->refusals != NULL)
        event_free(server->refusals);
    connection_forget_newcomers(server);
    exchange_free_orphans(server);
    if (server->http != NULL)
        evhttp_free(server->http);
    exchange_free_all(server);
    free(server->by_fd);
    free(server);
}

int
server_port(const struct server *server)
{
    return server->port;
}

void
server_drain(struct server *server)
{
    server->draining = true;
    listen_end(server);
}

int
server_replying(const struct server *server)
{
    int count = 0;

    for (int fd = 0; fd < server->by_fd_size; fd++)
        count += server->by_fd[fd] != NULL && server->by_fd[fd]->phase == REPLYING;
    return count;
}

const struct server_stats *
server_stats(const struct server *server)
{
    return &server->stats;
}
