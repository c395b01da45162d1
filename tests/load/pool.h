/* Kept connections to one service: a call takes one that is free, or a new one, or waits for one. */
#ifndef POOL_H
#define POOL_H

#include "answer.h"

#include <stdbool.h>
#include <stdint.h>

struct address;
struct clock;
struct connection;
struct event_base;

/* One request, and who wants the answer. Open, and the caller's, who keeps it and the bytes until on_answer. */
struct call {
    const char *bytes;              /* the whole request */
    size_t size;
    int64_t timeout_us;             /* from being sent to the complete answer */
    void (*on_answer)(void *context, const struct answer *answer);     /* never called from within pool_call */
    void *context;
    struct call *next;              /* the pool's */
};

/* Shared by pool.c and connection.c. */
struct pool {
    struct event_base *base;
    const struct clock *clock;
    const struct address *address;
    struct event *tick;
    int limit, count;               /* of connections: allowed, open */
    struct connection *idle;        /* the one used last comes first */
    struct connection *all;
    struct call *first, **last;     /* calls without a connection */
};

/* address and clock must outlive it. */
struct pool *pool_new(struct event_base *base, const struct clock *clock, const struct address *address, int limit);
/* Closes all connections; calls under way get no answer. NULL does nothing. */
void pool_free(struct pool *pool);
void pool_call(struct pool *pool, struct call *call);

/* For connection.c: this one is free, or gone. */
void pool_take_back(struct pool *pool, struct connection *connection);
void pool_forget(struct pool *pool, struct connection *connection);

#endif
