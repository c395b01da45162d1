/* What a service tells to whoever listens at an HTTP path: rows of a table that only grows, as server-sent events.
 * feeder.c sends them. */
#ifndef FEED_H
#define FEED_H

#include <stdint.h>

struct db;

typedef void feed_row(void *context, int64_t id, const char *json);

/* None of these knows HTTP. */
struct feed {
    const char *path;                      /* "/orders/events" */
    /* Id of the last row; 0 if there is none. */
    int64_t (*last)(struct db *db);
    /* Hands over the rows after one id and up to another, in order, at most `limit`: JSON on one line, which lives only
     * during `each`. */
    void (*read)(struct db *db, int64_t after, int64_t last, int limit, feed_row *each, void *context);
};

#endif
