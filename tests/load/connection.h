/* One connection of a pool: sends a request, reads its answer. */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct event;
struct pool;

enum { CONNECTION_BUFFER = 32 * 1024 };     /* the longest answer */

struct connection {
    struct pool *pool;
    struct connection *next_idle, *next, **link;    /* link: what points at this one in the pool's list of all */
    struct event *readable, *writable;
    int fd;
    bool connected;
    const char *problem;            /* why it could not be opened */
    struct call *call;              /* NULL: it is free */
    size_t sent, used;              /* bytes of the call's, bytes in the buffer */
    int64_t deadline_us;
    char buffer[CONNECTION_BUFFER + 1];
};

/* Begins to connect. Always succeeds: a failure comes to the first call. */
struct connection *connection_new(struct pool *pool);
void connection_free(struct connection *connection);
/* The connection must be free. */
void connection_call(struct connection *connection, struct call *call);
/* Closes it if its call took too long; the call learns of it. */
void connection_end_if_late(struct connection *connection, int64_t now_us);

#endif
