#include "server_private.h"

#include "../base/clock.h"
#include "../base/log.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <string.h>

struct search {
    const struct evconnlistener *listener;
    struct server *found;
};

static int
find_server(const struct event_base *base, const struct event *candidate, void *search_)
{
    struct search *search = search_;
    struct server *server;

    (void)base;
    if (event_get_callback(candidate) != on_tick)
        return 0;
    server = event_get_callback_arg(candidate);
    if (server->listener != search->listener)
        return 0;
    search->found = server;
    return 1;
}

/* The listener listens while there is room. At the cap, and after an error, newcomers wait in the kernel's queue. */
void
admission_update(struct server *server)
{
    if (server->listener == NULL)
        return;
    if (server->backing_off || server->stats.connections >= server->options.max_connections)
        evconnlistener_disable(server->listener);
    else
        evconnlistener_enable(server->listener);
}

/* accept(2) failed: no descriptors, or no memory. The socket stays readable, so without a rest the loop would spin.
 * libevent hands us evhttp's argument, which does not lead to the server: its tick, always pending, does. */
void
on_accept_error(struct evconnlistener *listener, void *http)
{
    const char *reason = strerror(errno);
    struct search search = { .listener = listener };
    struct server *server;

    (void)http;
    event_base_foreach_event(evconnlistener_get_base(listener), find_server, &search);
    server = search.found;
    server->stats.accept_errors++;
    server->backing_off = true;
    admission_update(server);
    if (!server->accept_failing)
        log_error(server->log, "cannot accept connections; trying on. Raise the limit of open files (ulimit -n)",
                  TEXT("error", reason), INT("connections", server->stats.connections));
    server->accept_failing = true;
}

void
on_tick(int fd, short what, void *server_)
{
    struct server *server = server_;
    int64_t now_us = clock_monotonic_us(server->clock);
    bool crowded = server->backing_off || server->stats.connections >= server->options.max_connections;

    (void)fd;
    (void)what;
    for (int i = 0; i < server->by_fd_size; i++)
        if (server->by_fd[i] != NULL)
            connection_expire(server->by_fd[i], now_us, crowded);
    if (server->stats.accept_errors == server->errors_seen)
        server->accept_failing = false;
    server->errors_seen = server->stats.accept_errors;
    server->backing_off = false;
    admission_update(server);
}
