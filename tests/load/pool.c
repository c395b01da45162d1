#include "pool.h"

#include "../../common/base/clock.h"
#include "../../common/base/memory.h"
#include "connection.h"

#include <event2/event.h>
#include <stdlib.h>

/* ---- calls without a connection ---- */

static void
append(struct pool *pool, struct call *call)
{
    call->next = NULL;
    *pool->last = call;
    pool->last = &call->next;
}

static struct call *
take_first(struct pool *pool)
{
    struct call *call = pool->first;

    pool->first = call->next;
    if (pool->first == NULL)
        pool->last = &pool->first;
    return call;
}

/* ---- connections ---- */

static struct connection *
find_free(struct pool *pool)
{
    struct connection *connection = pool->idle;

    if (connection != NULL) {
        pool->idle = connection->next_idle;
    } else if (pool->count < pool->limit) {
        connection = connection_new(pool);
        connection->next = pool->all;
        connection->link = &pool->all;
        if (pool->all != NULL)
            pool->all->link = &connection->next;
        pool->all = connection;
        pool->count++;
    }
    return connection;
}

/* Calls wait, and connections have become possible. */
static void
serve(struct pool *pool)
{
    while (pool->first != NULL && (pool->idle != NULL || pool->count < pool->limit))
        connection_call(find_free(pool), take_first(pool));
}

void
pool_take_back(struct pool *pool, struct connection *connection)
{
    connection->call = NULL;
    connection->next_idle = pool->idle;
    pool->idle = connection;
    serve(pool);
}

void
pool_forget(struct pool *pool, struct connection *connection)
{
    struct connection **link = &pool->idle;

    while (*link != NULL && *link != connection)
        link = &(*link)->next_idle;
    if (*link != NULL)
        *link = connection->next_idle;
    *connection->link = connection->next;
    if (connection->next != NULL)
        connection->next->link = connection->link;
    pool->count--;
    serve(pool);
}

static void
on_tick(evutil_socket_t fd, short what, void *pool_)
{
    struct pool *pool = pool_;
    int64_t now = clock_monotonic_us(pool->clock);
    struct connection *next;

    (void)fd, (void)what;
    for (struct connection *connection = pool->all; connection != NULL; connection = next) {
        next = connection->next;
        connection_end_if_late(connection, now);
    }
}

/* ---- life ---- */

struct pool *
pool_new(struct event_base *base, const struct clock *clock, const struct address *address, int limit)
{
    static const struct timeval period = { .tv_usec = 100000 };
    struct pool *pool = memory_new(1, sizeof(*pool));

    *pool = (struct pool){ .base = base, .clock = clock, .address = address, .limit = limit };
    pool->last = &pool->first;
    pool->tick = event_new(base, -1, EV_PERSIST, on_tick, pool);
    event_add(pool->tick, &period);
    return pool;
}

void
pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    while (pool->all != NULL) {
        struct connection *connection = pool->all;

        pool->all = connection->next;
        connection_free(connection);
    }
    event_free(pool->tick);
    free(pool);
}

void
pool_call(struct pool *pool, struct call *call)
{
    struct connection *connection = find_free(pool);

    if (connection != NULL)
        connection_call(connection, call);
    else
        append(pool, call);
}
