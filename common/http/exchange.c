#include "server_private.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* RFC 9110 and RFC 6585; evhttp's own table stops at 417. */
static const struct {
    int status;
    const char *phrase;
} reasons[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 413, "Content Too Large" },
    { 415, "Unsupported Media Type" },
    { 421, "Misdirected Request" },
    { 422, "Unprocessable Content" },
    { 429, "Too Many Requests" },
    { 500, "Internal Server Error" },
    { 503, "Service Unavailable" },
};

const char *
reason_phrase(int status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].phrase;
    return "Unknown";
}

struct exchange *
exchange_take(struct server *server, struct evhttp_request *http)
{
    struct exchange *exchange = server->pool;

    if (exchange == NULL) {
        exchange = memory_new(1, sizeof(*exchange));
        arena_init(&exchange->arena);
        exchange->server = server;
        exchange->older = server->exchanges;
        server->exchanges = exchange;
    } else {
        server->pool = exchange->next;
        exchange->next = NULL;
    }
    exchange->http = http;
    exchange->route = -1;
    exchange->held = (struct reply){ .status = 0 };
    exchange->request = (struct request){ .arena = &exchange->arena };
    return exchange;
}

void
exchange_give_back(struct exchange *exchange)
{
    struct server *server = exchange->server;

    exchange->http = NULL;
    arena_reset(&exchange->arena);
    exchange->next = server->pool;
    server->pool = exchange;
}

void
exchange_free_orphans(struct server *server)
{
    for (struct exchange *exchange = server->exchanges; exchange != NULL; exchange = exchange->older)
        if (exchange->http != NULL && evhttp_request_get_connection(exchange->http) == NULL)
            evhttp_request_free(exchange->http);
}

void
exchange_free_all(struct server *server)
{
    while (server->exchanges != NULL) {
        struct exchange *exchange = server->exchanges;

        server->exchanges = exchange->older;
        arena_release(&exchange->arena);
        free(exchange);
    }
}

int64_t
exchange_peer_uid(const struct exchange *exchange)
{
    struct evhttp_connection *evcon = evhttp_request_get_connection(exchange->http);
    struct ucred peer;
    socklen_t size = sizeof(peer);

    if (evcon == NULL || getsockopt(bufferevent_getfd(evhttp_connection_get_bufferevent(evcon)), SOL_SOCKET, SO_PEERCRED,
                                    &peer, &size) != 0)
        return -1;
    return peer.uid == (uid_t)-1 ? -1 : (int64_t)peer.uid;
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
    held.content_type = arena_text(arena, held.content_type);
    held.location = arena_text(arena, held.location);
    held.allow = arena_text(arena, held.allow);
    exchange->held = held;
}

static void
add_header(struct evhttp_request *http, const char *name, const char *value)
{
    if (value != NULL)
        evhttp_add_header(evhttp_request_get_output_headers(http), name, value);
}

static const char *
content_type(const struct reply *reply)
{
    if (reply->content_type != NULL)
        return reply->content_type;
    return reply->status >= 400 ? "application/problem+json" : "application/json";
}

/* evhttp decides by the headers of both sides whether it closes the connection; HTTP/1.0 may have asked to keep it. */
static void
ask_to_close(struct evhttp_request *http)
{
    evhttp_remove_header(evhttp_request_get_input_headers(http), "Connection");
    add_header(http, "Connection", "close");
    if (http->type == EVHTTP_REQ_CONNECT)
        http->type = EVHTTP_REQ_GET;    /* after CONNECT evhttp never closes, nor gives the length of the body */
}

static void
add_headers(struct evhttp_request *http, const struct reply *reply, bool close)
{
    char number[32];

    if (reply->body != NULL)
        add_header(http, "Content-Type", content_type(reply));
    add_header(http, "Location", reply->location);
    add_header(http, "Allow", reply->allow);
    if (reply->status == 401)
        add_header(http, "WWW-Authenticate", "Bearer");     /* none goes without it (RFC 9110, 15.5.2) */
    if (reply->retry_after_s > 0) {
        snprintf(number, sizeof(number), "%d", reply->retry_after_s);
        add_header(http, "Retry-After", number);
    }
    if (reply->replayed)
        add_header(http, "Idempotency-Replayed", "true");
    if (close)
        ask_to_close(http);
}

/* evhttp replies in the client's version, whatever that was. */
static void
set_version(struct evhttp_request *http)
{
    if (http->major != 1 || http->minor < 0 || http->minor > 1) {
        http->major = 1;
        http->minor = 1;
    }
}

void
exchange_add_headers(struct exchange *exchange)
{
    const struct reply *reply = &exchange->held;

    set_version(exchange->http);
    add_headers(exchange->http, reply, reply->close || exchange->server->draining);
}

/* evhttp would send a body also after HEAD, and gives no length then (evhttp_make_header). */
static void
add_body(struct evhttp_request *http, const struct reply *reply)
{
    size_t size = reply->body == NULL ? 0 : reply->size > 0 ? reply->size : strlen(reply->body);
    char number[32];

    if (http->type == EVHTTP_REQ_HEAD) {
        snprintf(number, sizeof(number), "%zu", size);
        add_header(http, "Content-Length", number);
    } else if (size > 0 && reply->status != 204) {
        evbuffer_add(evhttp_request_get_output_buffer(http), reply->body, size);
    }
}

void
exchange_send(struct exchange *exchange)
{
    struct server *server = exchange->server;
    struct evhttp_request *http = exchange->http;
    const struct reply *reply = &exchange->held;
    struct evhttp_connection *evcon = evhttp_request_get_connection(http);

    assert(reply->status != 0);
    if (evcon != NULL) {
        struct connection *connection = connection_of(server, http);

        exchange_add_headers(exchange);
        add_body(http, reply);
        connection_enter(connection, REPLYING);
        evhttp_request_set_on_complete_cb(http, on_reply_sent, connection);
    }
    evhttp_send_reply(http, reply->status, reason_phrase(reply->status), NULL);     /* without a client: frees it */
    if (evcon != NULL)
        /* evhttp reads on while it writes, and takes the end of what the client says for its leaving: the reply to a
         * client that has shut down its sending side would be lost. It enables reading again after the reply. */
        bufferevent_disable(evhttp_connection_get_bufferevent(evcon), EV_READ);
    exchange_give_back(exchange);
}
