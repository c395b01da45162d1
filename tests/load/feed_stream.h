/* The bytes of one answer to GET /orders/events: its head, then server-sent events until it ends. Asked for with HTTP/1.0,
 * so that there are no chunks; our services end lines with a line feed. Knows no socket. */
#ifndef FEED_STREAM_H
#define FEED_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FEED_STREAM_BUFFER = 64 * 1024 };

struct feed_stream {
    int status;                     /* of the answer; 0: its head is not complete */
    int64_t id;                     /* of the last event; -1: none has come */
    /* Each event that has data, which lives only during the call. */
    void (*on_data)(void *context, int64_t id, char *data);
    void *context;
    size_t used;
    char buffer[FEED_STREAM_BUFFER + 1];
};

/* A new answer; the id stays. */
void feed_stream_begin(struct feed_stream *stream);
/* Where the next bytes belong, and how many fit; always some. */
char *feed_stream_room(struct feed_stream *stream, size_t *room);
/* So many were put there. -1: it is no such answer; *problem says why, a literal. What has come of an event that is not
 * complete waits for the rest. */
int feed_stream_take(struct feed_stream *stream, size_t size, const char **problem);

#endif
