#include "server_private.h"

#include "../base/clock.h"
#include "../base/log.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdlib.h>

enum { CROWDED_SHARE = 10 };     /* at the cap an idle connection has this part of its time */

void
connection_enter(struct connection *connection, enum phase phase)
{
    const struct server *server = connection->server;
    int limit_ms = phase == READING ? server->options.request_timeout_ms : server->options.idle_timeout_ms;

    connection->phase = phase;
    connection->deadline_us = phase == HANDLING ? INT64_MAX
                                                : clock_monotonic_us(server->clock) + (int64_t)limit_ms * 1000;
}

static void
forget(struct connection *connection)
{
    struct server *server = connection->server;

    server->stats.connections--;
    server->backing_off = false;        /* a descriptor is free now */
    admission_update(server);
    free(connection);
}

static void
on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *connection_)
{
    struct connection *connection = connection_;

    (void)input;
    if (info->n_added > 0 && connection->phase == IDLE)
        connection_enter(connection, READING);      /* the first byte */
}

/* What is written before a request is complete comes from evhttp itself: "HTTP/1.1 100 …", or a refusal, which is in
 * HTML and not whole yet. on_refusals runs later in this turn, before the socket is written to. */
static void
on_output(struct evbuffer *output, const struct evbuffer_cb_info *info, void *connection_)
{
    struct connection *connection = connection_;
    char head[sizeof("HTTP/1.1 4") - 1];

    if (connection->leaving) {
        connection->refused |= info->n_added > 0;
        event_active(connection->server->refusals, EV_TIMEOUT, 0);
        return;
    }
    if (info->n_added == 0 || connection->phase != READING)
        return;
    if (evbuffer_copyout(output, head, sizeof(head)) == sizeof(head) && head[sizeof(head) - 1] != '1') {
        connection->server->stats.rejected_malformed++;
        connection_enter(connection, REPLYING);
        connection->refused = true;
        event_active(connection->server->refusals, EV_TIMEOUT, 0);
    }
}

/* evhttp asks for the bufferevent of a socket that it has accepted, and makes its own connection right after. The
 * reference keeps the bufferevent until on_arrivals even if that fails. */
struct bufferevent *
on_accept(struct event_base *base, void *server_)
{
    struct server *server = server_;
    struct connection *connection = memory_new(1, sizeof(*connection));
    struct bufferevent *bev = bufferevent_socket_new(base, -1, 0);

    if (bev == NULL)
        fatal(server->log, "no memory for a connection", INT("connections", server->stats.connections));
    bufferevent_incref(bev);
    /* Also while a reply is being written; evhttp itself would take in whatever comes. */
    bufferevent_setwatermark(bev, EV_READ, 0,
                             (size_t)server->options.max_header_bytes + (size_t)server->options.max_body_bytes);
    *connection = (struct connection){ .server = server, .bev = bev, .next = server->newcomers, .fd = -1 };
    connection_enter(connection, IDLE);
    evbuffer_add_cb(bufferevent_get_input(bev), on_input, connection);
    evbuffer_add_cb(bufferevent_get_output(bev), on_output, connection);
    server->newcomers = connection;
    server->stats.accepted++;
    server->stats.connections++;
    admission_update(server);
    event_active(server->arrivals, EV_TIMEOUT, 0);
    return bev;
}

static void
on_close(struct evhttp_connection *evcon, void *connection_)
{
    struct connection *connection = connection_;

    (void)evcon;
    evbuffer_remove_cb(bufferevent_get_input(connection->bev), on_input, connection);
    evbuffer_remove_cb(bufferevent_get_output(connection->bev), on_output, connection);
    connection->server->by_fd[connection->fd] = NULL;
    forget(connection);
}

static void
put_by_fd(struct server *server, struct connection *connection)
{
    int size = server->by_fd_size;

    if (connection->fd >= size) {
        size = connection->fd * 2 + 16;
        server->by_fd = memory_resize(server->by_fd, (size_t)size, sizeof(struct connection *));
        for (int i = server->by_fd_size; i < size; i++)
            server->by_fd[i] = NULL;
        server->by_fd_size = size;
    }
    assert(server->by_fd[connection->fd] == NULL);
    server->by_fd[connection->fd] = connection;
}

/* Runs in the same turn, after evhttp has made its connections: from here on it tells us when it closes them. evhttp
 * 2.1 shows a connection to nobody before the first request; but it is the argument of its bufferevent callbacks
 * (http.c, evhttp_connection_base_bufferevent_new), which are gone if evhttp has given up on it. */
void
on_arrivals(int fd, short what, void *server_)
{
    struct server *server = server_;

    (void)fd;
    (void)what;
    while (server->newcomers != NULL) {
        struct connection *connection = server->newcomers;
        struct bufferevent *bev = connection->bev;
        bufferevent_data_cb on_read;
        void *evcon;

        server->newcomers = connection->next;
        bufferevent_getcb(bev, &on_read, NULL, NULL, &evcon);
        if (on_read == NULL) {
            forget(connection);
        } else {
            assert(evhttp_connection_get_bufferevent(evcon) == bev);
            connection->fd = bufferevent_getfd(bev);
            put_by_fd(server, connection);
            evhttp_connection_set_closecb(evcon, on_close, connection);
        }
        bufferevent_decref(bev);
    }
}

void
connection_forget_newcomers(struct server *server)
{
    while (server->newcomers != NULL) {
        struct connection *connection = server->newcomers;

        server->newcomers = connection->next;
        bufferevent_decref(connection->bev);
        forget(connection);
    }
}

struct connection *
connection_of(const struct server *server, struct evhttp_request *http)
{
    struct evhttp_connection *evcon = evhttp_request_get_connection(http);
    int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(evcon));

    assert(fd >= 0 && fd < server->by_fd_size && server->by_fd[fd] != NULL);
    return server->by_fd[fd];
}

/* The next request of a pipeline may be here already: its time begins when its turn comes. */
void
on_reply_sent(struct evhttp_request *http, void *connection_)
{
    struct connection *connection = connection_;
    size_t waiting = evbuffer_get_length(bufferevent_get_input(connection->bev));

    (void)http;
    connection_enter(connection, waiting > 0 ? READING : IDLE);
}

/* Who has nothing to say holds a place that others wait for. */
static int64_t
deadline_in_a_crowd(const struct connection *connection)
{
    int64_t limit_us = (int64_t)connection->server->options.idle_timeout_ms * 1000;

    return connection->phase == IDLE ? connection->deadline_us - limit_us + limit_us / CROWDED_SHARE
                                     : connection->deadline_us;
}

/* evhttp closes the connection as after a timeout of its own, and on_close forgets it. */
void
connection_close(struct connection *connection)
{
    bufferevent_trigger_event(connection->bev, BEV_EVENT_TIMEOUT | BEV_EVENT_READING, 0);
}

void
connection_expire(struct connection *connection, int64_t now_us, bool crowded)
{
    if (now_us < (crowded ? deadline_in_a_crowd(connection) : connection->deadline_us))
        return;
    if (connection->phase == READING) {
        connection->server->stats.timed_out++;
        early_answer_timeout(connection);
    }
    connection_close(connection);
}
