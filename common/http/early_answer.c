/* Answers to what never became a request: it did not come in time, or evhttp could not read it. */
#include "server_private.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <string.h>
#include <sys/socket.h>

/* Head and body as they go through the socket. The connection is closed after them. */
static const char *
answer_text(struct arena *arena, enum problem problem, const char *detail)
{
    struct reply reply = problem_reply(arena, problem, NULL, detail);

    return arena_format(arena,
                        "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\n"
                        "Content-Length: %zu\r\nConnection: close\r\n\r\n%.*s",
                        reply.status, reason_phrase(reply.status), reply.size, (int)reply.size, reply.body);
}

/* ---- not in time ---- */

/* There is no request to reply to yet, so the answer goes past evhttp, if the socket takes it. */
void
early_answer_timeout(const struct connection *connection)
{
    struct arena arena;
    const char *text;
    ssize_t sent;

    if (evbuffer_get_length(bufferevent_get_output(connection->bev)) > 0)
        return;
    arena_init(&arena);
    text = answer_text(&arena, PROBLEM_REQUEST_TIMEOUT, "the request was not complete in time");
    sent = send(connection->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)sent;         /* closed next in any case */
    arena_release(&arena);
}

/* ---- not to be read ---- */

/* evhttp gives no reason but the status: 413 for a body, 400 for all else. */
static const char *
refusal_text(struct arena *arena, const struct server *server, struct evbuffer *html)
{
    char head[sizeof("HTTP/1.1 413") - 1] = "";

    evbuffer_copyout(html, head, sizeof(head));
    if (memcmp(head + sizeof(head) - 3, "413", 3) == 0)
        return answer_text(arena, PROBLEM_BODY_TOO_LARGE, NULL);
    return answer_text(arena, PROBLEM_MALFORMED_REQUEST,
                       arena_format(arena, "this is not HTTP/1.1, or its headers have more than %d bytes",
                                    server->options.max_header_bytes));
}

static void
drop(struct evbuffer *output)
{
    evbuffer_unfreeze(output, 1);       /* what a bufferevent is to send, nobody else may take out */
    evbuffer_drain(output, evbuffer_get_length(output));
    evbuffer_freeze(output, 1);
}

/* evhttp goes on as if what leaves were its own. */
static void
put_in_our_words(const struct server *server, struct evbuffer *output)
{
    struct arena arena;
    const char *text;

    arena_init(&arena);
    text = refusal_text(&arena, server, output);
    drop(output);
    evbuffer_add(output, text, strlen(text));
    arena_release(&arena);
}

/* One answer is the last. evhttp would read on after a CONNECT, and refuse again what came behind it. */
static void
answer_or_leave(struct connection *connection)
{
    struct evbuffer *output = bufferevent_get_output(connection->bev);
    bool refused = connection->refused;

    connection->refused = false;
    if (connection->leaving && refused)
        drop(output);
    else if (refused)
        put_in_our_words(connection->server, output);
    if (connection->leaving && evbuffer_get_length(output) == 0)
        connection_close(connection);
    else
        connection->leaving = true;
}

void
on_refusals(int fd, short what, void *server_)
{
    struct server *server = server_;

    (void)fd;
    (void)what;
    for (int i = 0; i < server->by_fd_size; i++) {
        struct connection *connection = server->by_fd[i];

        if (connection != NULL && (connection->refused || connection->leaving))
            answer_or_leave(connection);
    }
}
