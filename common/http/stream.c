#include "stream.h"

#include "server_private.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <sys/socket.h>

enum { KERNEL_BYTES = 128 * 1024 };

static struct bufferevent *
bev_of(const struct exchange *exchange)
{
    struct evhttp_connection *evcon = evhttp_request_get_connection(exchange->http);

    return evcon == NULL ? NULL : evhttp_connection_get_bufferevent(evcon);
}

/* What the kernel keeps for a client that does not read counts, too: by itself it would grow to megabytes. Up to there a
 * stream may be written at once: libevent's own limit is 16 KB in a turn of the loop, and a page has ten times that. */
static void
limit_kernel_buffer(struct bufferevent *bev)
{
    int size = KERNEL_BYTES;

    setsockopt(bufferevent_getfd(bev), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    bufferevent_set_max_single_write(bev, KERNEL_BYTES);
}

bool
stream_begin(struct exchange *exchange)
{
    struct reply reply = { .status = 200, .content_type = "text/event-stream", .body = "", .close = true };
    struct evhttp_request *http = exchange->http;

    exchange_hold(exchange, &reply);
    if (http->type == EVHTTP_REQ_HEAD) {
        exchange_send(exchange);
        return false;
    }
    if (bev_of(exchange) != NULL) {
        struct connection *connection = connection_of(exchange->server, http);

        exchange_add_headers(exchange);
        evhttp_add_header(evhttp_request_get_output_headers(http), "Cache-Control", "no-store");
        connection_enter(connection, REPLYING);
        evhttp_request_set_on_complete_cb(http, on_reply_sent, connection);
        limit_kernel_buffer(bev_of(exchange));
    }
    evhttp_send_reply_start(http, 200, "OK");
    return true;
}

int64_t
stream_waiting(const struct exchange *exchange)
{
    struct bufferevent *bev = bev_of(exchange);

    return bev == NULL ? -1 : (int64_t)evbuffer_get_length(bufferevent_get_output(bev));
}

/* The time limit of a reply begins anew whenever the client has taken all there was. */
void
stream_send(struct exchange *exchange, const char *bytes, size_t size)
{
    int64_t waiting = stream_waiting(exchange);
    struct evbuffer *chunk;

    if (waiting < 0)
        return;
    if (waiting == 0)
        connection_enter(connection_of(exchange->server, exchange->http), REPLYING);
    chunk = evbuffer_new();
    evbuffer_add(chunk, bytes, size);
    evhttp_send_reply_chunk(exchange->http, chunk);
    evbuffer_free(chunk);
}

/* evhttp forgets a client that is gone, and frees the request here. */
void
stream_end(struct exchange *exchange)
{
    evhttp_send_reply_end(exchange->http);
    exchange_give_back(exchange);
}

void
stream_cut(struct exchange *exchange)
{
    struct bufferevent *bev = bev_of(exchange);

    if (bev != NULL)
        bufferevent_trigger_event(bev, BEV_EVENT_TIMEOUT | BEV_EVENT_READING, 0);
    stream_end(exchange);
}
