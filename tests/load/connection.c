#include "connection.h"

#include "../../common/base/clock.h"
#include "../../common/base/memory.h"
#include "address.h"
#include "pool.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sockets rather than bufferevents: a request is one send(2), its answer one recv(2), and epoll is told nothing new. */

void
connection_free(struct connection *connection)
{
    event_free(connection->readable);
    event_free(connection->writable);
    if (connection->fd >= 0)
        close(connection->fd);
    free(connection);
}

/* Nothing more comes of this connection. */
static void
end(struct connection *connection, const char *problem)
{
    struct call *call = connection->call;
    struct answer none = { .status = 0, .problem = problem, .sent = connection->sent > 0 };

    pool_forget(connection->pool, connection);
    connection_free(connection);
    if (call != NULL)
        call->on_answer(call->context, &none);
}

static void
send_rest(struct connection *connection)
{
    struct call *call = connection->call;
    ssize_t sent = send(connection->fd, call->bytes + connection->sent, call->size - connection->sent, MSG_NOSIGNAL);

    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        end(connection, strerror(errno));
        return;
    }
    connection->sent += sent > 0 ? (size_t)sent : 0;
    if (connection->sent < call->size)
        event_add(connection->writable, NULL);
}

static void
on_writable(evutil_socket_t fd, short what, void *connection_)
{
    struct connection *connection = connection_;
    socklen_t size = sizeof(int);
    int error = 0;

    (void)what;
    if (connection->problem == NULL && !connection->connected
        && (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0))
        connection->problem = strerror(error != 0 ? error : errno);
    if (connection->problem != NULL) {
        end(connection, connection->problem);
        return;
    }
    if (!connection->connected) {
        connection->connected = true;
        event_add(connection->readable, NULL);
    }
    if (connection->call != NULL)
        send_rest(connection);
}

static void
give_answer(struct connection *connection, const struct answer *answer)
{
    struct pool *pool = connection->pool;
    struct call *call = connection->call;

    connection->used = 0;
    if (answer->close) {
        pool_forget(pool, connection);
        call->on_answer(call->context, answer);
        connection_free(connection);
        return;
    }
    pool_take_back(pool, connection);       /* may send the next request; what was read stays until this returns */
    call->on_answer(call->context, answer);
}

static void
on_readable(evutil_socket_t fd, short what, void *connection_)
{
    struct connection *connection = connection_;
    char *free_bytes = connection->buffer + connection->used;
    ssize_t got = recv(fd, free_bytes, CONNECTION_BUFFER - connection->used, 0), length;
    struct answer answer;

    (void)what;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        end(connection, got == 0 ? "the connection was closed" : strerror(errno));
        return;
    }
    connection->used += (size_t)got;
    if (connection->call == NULL) {         /* such as 408: it closes next */
        end(connection, NULL);
        return;
    }
    length = answer_read(connection->buffer, connection->used, &answer);
    if (length < 0 || (length == 0 && connection->used == CONNECTION_BUFFER)
        || (length > 0 && (size_t)length < connection->used))
        end(connection, "what came is no answer of HTTP/1.1 with a Content-Length, or more than one, or too long");
    else if (length > 0)
        give_answer(connection, &answer);
}

struct connection *
connection_new(struct pool *pool)
{
    struct connection *connection = memory_new(1, sizeof(*connection));
    const struct sockaddr *to = (const struct sockaddr *)&pool->address->socket;
    int yes = 1;

    connection->pool = pool;
    connection->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0 || (connect(connection->fd, to, pool->address->size) != 0 && errno != EINPROGRESS))
        connection->problem = strerror(errno);
    if (connection->fd >= 0)
        setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    connection->readable = event_new(pool->base, connection->fd, EV_READ | EV_PERSIST, on_readable, connection);
    connection->writable = event_new(pool->base, connection->fd, EV_WRITE, on_writable, connection);
    if (connection->problem != NULL)
        event_active(connection->writable, EV_WRITE, 0);
    else
        event_add(connection->writable, NULL);
    return connection;
}

/* A failure must not be told from within pool_call: on_writable meets it again. */
void
connection_call(struct connection *connection, struct call *call)
{
    ssize_t sent;

    connection->call = call;
    connection->sent = 0;
    connection->deadline_us = clock_monotonic_us(connection->pool->clock) + call->timeout_us;
    if (!connection->connected)
        return;                             /* on_writable is to come */
    sent = send(connection->fd, call->bytes, call->size, MSG_NOSIGNAL);
    connection->sent = sent > 0 ? (size_t)sent : 0;
    if (connection->sent < call->size)
        event_add(connection->writable, NULL);
}

void
connection_end_if_late(struct connection *connection, int64_t now_us)
{
    if (connection->call != NULL && now_us > connection->deadline_us)
        end(connection, "no answer in time");
}
