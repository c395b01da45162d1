#include "poster.h"

#include "../base/error.h"
#include "../base/memory.h"
#include "url.h"

#include <arpa/inet.h>
#include <assert.h>
#include <event2/buffer.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* evhttp has no limits of its own. Its time-out is only what closes a kept connection that nobody uses. */
enum { HEAD_LIMIT = 8 * 1024, BODY_LIMIT = 64 * 1024, IDLE_S = 90 };

/* A connection, and the post that it carries. */
struct line {
    struct poster *poster;
    struct evhttp_connection *connection;   /* NULL until it is needed, and after it has failed */
    struct event *ended;                    /* at the deadline, or when evhttp has called back */
    on_answer *done;                        /* NULL: the line is free */
    void *context;
    struct answer answer;
    bool called_back;                       /* evhttp is done with the request */
};

struct poster {
    struct event_base *base;
    struct evdns_base *dns;                 /* NULL when the host is an address */
    struct url url;
    char *agent;
    struct timeval timeout;
    struct line *lines;
    int count;
};

/* ---- what evhttp tells, in this order ---- */

static int
on_head(struct evhttp_request *request, void *context)
{
    struct line *line = context;
    int status = evhttp_request_get_response_code(request);

    if (status >= 200)                      /* less only announces an answer */
        line->answer.status = status;
    return 0;
}

/* An end of the connection, and a name that cannot be found, are EOF here. */
static void
on_error(enum evhttp_request_error error, void *context)
{
    struct line *line = context;

    line->answer.why = error == EVREQ_HTTP_EOF ? "connection_failed" : "malformed_answer";
}

/* A connection that is refused comes back without an error and without a status. */
static void
on_end(struct evhttp_request *request, void *context)
{
    struct line *line = context;
    bool answered = request != NULL && evhttp_request_get_response_code(request) != 0;

    if (line->answer.status == 0 && line->answer.why == NULL)
        line->answer.why = answered ? "malformed_answer" : "connection_failed";
    line->called_back = true;
    event_active(line->ended, EV_TIMEOUT, 0);
}

/* ---- one end for all posts ---- */

static void
drop_connection(struct line *line)
{
    if (line->connection != NULL)
        evhttp_connection_free(line->connection);       /* and its request, without a call back */
    line->connection = NULL;
}

/* Runs outside of evhttp: here its connection can be freed, and whoever is told can post again. */
static void
on_ended(evutil_socket_t fd, short what, void *context)
{
    struct line *line = context;
    struct answer answer = line->answer;
    on_answer *done = line->done;

    (void)fd, (void)what;
    if (!line->called_back && answer.status == 0)
        answer.why = "timed_out";
    if (!line->called_back || answer.why != NULL)
        drop_connection(line);
    if (answer.status != 0)
        answer.why = NULL;
    line->done = NULL;
    done(line->context, &answer);
}

/* ---- posting ---- */

static struct evhttp_connection *
connection_new(const struct poster *poster)
{
    struct evhttp_connection *connection = evhttp_connection_base_bufferevent_new(
        poster->base, poster->dns, NULL, poster->url.host, (unsigned short)poster->url.port);

    evhttp_connection_set_timeout(connection, IDLE_S);
    evhttp_connection_set_max_headers_size(connection, HEAD_LIMIT);
    evhttp_connection_set_max_body_size(connection, BODY_LIMIT);
    return connection;
}

static struct evhttp_request *
request_new(struct line *line, const struct post *post)
{
    struct evhttp_request *request = evhttp_request_new(on_end, line);
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

    evhttp_request_set_header_cb(request, on_head);
    evhttp_request_set_error_cb(request, on_error);
    evhttp_add_header(headers, "Host", line->poster->url.authority);
    evhttp_add_header(headers, "User-Agent", line->poster->agent);
    evhttp_add_header(headers, "Content-Type", "application/json");
    evhttp_add_header(headers, "Idempotency-Key", post->key);
    if (post->traceparent != NULL)
        evhttp_add_header(headers, "traceparent", post->traceparent);
    evbuffer_add(evhttp_request_get_output_buffer(request), post->body, strlen(post->body));
    return request;
}

/* One that has a connection comes first. */
static struct line *
free_line(struct poster *poster)
{
    struct line *found = NULL;

    for (struct line *line = poster->lines; line < poster->lines + poster->count; line++)
        if (line->done == NULL && (found == NULL || (found->connection == NULL && line->connection != NULL)))
            found = line;
    return found;
}

void
poster_post(struct poster *poster, const struct post *post, on_answer *done, void *context)
{
    struct line *line = free_line(poster);

    assert(line != NULL && "the caller asks poster_room first");
    line->done = done;
    line->context = context;
    line->answer = (struct answer){ 0 };
    line->called_back = false;
    if (line->connection == NULL)
        line->connection = connection_new(poster);
    event_add(line->ended, &poster->timeout);
    if (evhttp_make_request(line->connection, request_new(line, post), EVHTTP_REQ_POST, poster->url.target) != 0
        && !line->called_back)
        on_end(NULL, line);
}

int
poster_room(const struct poster *poster)
{
    int room = 0;

    for (int i = 0; i < poster->count; i++)
        room += poster->lines[i].done == NULL;
    return room;
}

/* ---- life ---- */

static bool
is_address(const char *host)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/* Two tries within the time of a post: a connection that is freed lives on in libevent until its look-up has ended. */
static int
open_resolver(struct poster *poster, int timeout_ms, char **error)
{
    char seconds[20];

    poster->dns = evdns_base_new(poster->base, EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    if (poster->dns == NULL)
        return error_set(error, "cannot look up %s: /etc/resolv.conf names no server", poster->url.host);
    snprintf(seconds, sizeof(seconds), "%d.%03d", timeout_ms / 2 / 1000, timeout_ms / 2 % 1000);
    evdns_base_set_option(poster->dns, "timeout:", seconds);
    evdns_base_set_option(poster->dns, "attempts:", "2");
    return 0;
}

struct poster *
poster_new(struct event_base *base, const struct poster_options *options, char **error)
{
    struct poster *poster = memory_new(1, sizeof(*poster));

    poster->base = base;
    poster->url = *options->url;
    poster->agent = memory_copy_text(options->agent);
    poster->timeout = (struct timeval){ .tv_sec = options->timeout_ms / 1000,
                                        .tv_usec = options->timeout_ms % 1000 * 1000 };
    poster->count = options->connections;
    poster->lines = memory_new((size_t)poster->count, sizeof(*poster->lines));
    for (struct line *line = poster->lines; line < poster->lines + poster->count; line++) {
        line->poster = poster;
        line->ended = event_new(base, -1, 0, on_ended, line);
    }
    if (is_address(poster->url.host) || open_resolver(poster, options->timeout_ms, error) == 0)
        return poster;
    poster_free(poster);
    return NULL;
}

void
poster_free(struct poster *poster)
{
    if (poster == NULL)
        return;
    for (struct line *line = poster->lines; line < poster->lines + poster->count; line++) {
        drop_connection(line);
        event_free(line->ended);
    }
    if (poster->dns != NULL)
        evdns_base_free(poster->dns, 0);
    free(poster->lines);
    free(poster->agent);
    free(poster);
}
