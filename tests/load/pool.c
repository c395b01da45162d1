#include "pool.h"

#include "../../common/base/clock.h"
#include "../../common/base/memory.h"
#include "connection.h"

#include <event2/event.h>
#include <stdlib.h>

/* ---- calls without a connection ---- */

static void
append(struct calls *calls, struct call *call)
{
    call->next = NULL;
    *calls->last = call;
    calls->last = &call->next;
}

static struct call *
take_first(struct calls *calls)
{
    struct call *call = calls->first;

    if (call == NULL)
        return NULL;
    calls->first = call->next;
    if (calls->first == NULL)
        calls->last = &calls->first;
    return call;
}

/* A quarter of the connections stays free of answers that are held back. */
static bool
room_for_patient(const struct pool *pool)
{
    return pool->patient < pool->limit - pool->limit / 4;
}

/* Nor do the others take every connection when there are too few. */
static struct call *
take_next(struct pool *pool)
{
    if (pool->waiting.first != NULL
        && (pool->patient < pool->limit / 2 || (pool->hurried.first == NULL && room_for_patient(pool))))
        return take_first(&pool->waiting);
    return take_first(&pool->hurried);
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

static void
hand_over(struct pool *pool, struct connection *connection, struct call *call)
{
    pool->patient += call->patient;
    connection_call(connection, call);
}

/* Calls wait, and connections have become possible. */
static void
serve(struct pool *pool)
{
    while ((pool->hurried.first != NULL || (pool->waiting.first != NULL && room_for_patient(pool)))
           && (pool->idle != NULL || pool->count < pool->limit))
        hand_over(pool, find_free(pool), take_next(pool));
}

void
pool_take_back(struct pool *pool, struct connection *connection)
{
    pool->patient -= connection->call->patient;
    connection->call = NULL;
    connection->next_idle = pool->idle;
    pool->idle = connection;
    serve(pool);
}

void
pool_forget(struct pool *pool, struct connection *connection)
{
    struct connection **link = &pool->idle;

    if (connection->call != NULL)
        pool->patient -= connection->call->patient;
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
    pool->hurried.last = &pool->hurried.first;
    pool->waiting.last = &pool->waiting.first;
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
    struct connection *connection = NULL;

    if (!call->patient || (room_for_patient(pool) && pool->hurried.first == NULL))
        connection = find_free(pool);
    if (connection != NULL) {
        hand_over(pool, connection, call);
        return;
    }
    pool->queued += call->patient;
    append(call->patient ? &pool->waiting : &pool->hurried, call);
}
