#include "feed_stream.h"

#include <stdlib.h>
#include <string.h>

/* ---- one event ---- */

static const char *
value_of(const char *line, const char *name, size_t size)
{
    if (strncmp(line, name, size) != 0 || line[size] != ':')
        return NULL;
    return line[size + 1] == ' ' ? line + size + 2 : line + size + 1;
}

/* Ids only grow, whatever happened to the stream: one that does not is an event told twice, or in the wrong order. */
static int
take_id(struct feed_stream *stream, const char *value, bool has_data)
{
    char *end;
    int64_t id = strtoll(value, &end, 10);

    if (*end != '\0' || end == value || id < 0 || (has_data && id <= stream->id))
        return -1;
    stream->id = id;
    return 0;
}

/* The lines of one event, each ended by a line feed: comments and unknown fields are passed over. */
static int
take_event(struct feed_stream *stream, char *text)
{
    const char *id = NULL, *value;
    char *data = NULL, *end;

    for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        *end = '\0';
        if ((value = value_of(text, "id", 2)) != NULL)
            id = value;
        else if ((value = value_of(text, "data", 4)) != NULL)
            data = text + (value - text);
    }
    if ((id != NULL && take_id(stream, id, data != NULL) != 0) || (data != NULL && id == NULL))
        return -1;
    if (data != NULL)
        stream->on_data(stream->context, stream->id, data);
    return 0;
}

/* ---- all that has come ---- */

/* The length of the head; 0 if it is not complete; -1 if it is none. */
static long
take_head(struct feed_stream *stream, const char **problem)
{
    const char *end = strstr(stream->buffer, "\r\n\r\n");

    if (end == NULL)
        return 0;
    *problem = "what came is no answer of HTTP/1.1";
    if (strncmp(stream->buffer, "HTTP/1.", 7) != 0 || end - stream->buffer < 12)
        return -1;
    stream->status = atoi(stream->buffer + 9);
    *problem = "the answer is no stream of events";
    return stream->status == 200 ? end - stream->buffer + 4 : -1;
}

/* What is left moves to the front. */
static void
keep_from(struct feed_stream *stream, size_t begin)
{
    stream->used -= begin;
    memmove(stream->buffer, stream->buffer + begin, stream->used + 1);
}

static int
take_events(struct feed_stream *stream, size_t begin, const char **problem)
{
    char *end;

    while ((end = strstr(stream->buffer + begin, "\n\n")) != NULL) {
        end[1] = '\0';
        if (take_event(stream, stream->buffer + begin) != 0) {
            *problem = "the ids of the events do not grow";
            return -1;
        }
        begin = (size_t)(end - stream->buffer) + 2;
    }
    keep_from(stream, begin);
    *problem = "an event is too long";
    return stream->used < FEED_STREAM_BUFFER ? 0 : -1;
}

char *
feed_stream_room(struct feed_stream *stream, size_t *room)
{
    *room = FEED_STREAM_BUFFER - stream->used;
    return stream->buffer + stream->used;
}

int
feed_stream_take(struct feed_stream *stream, size_t size, const char **problem)
{
    long head = 0;

    stream->used += size;
    stream->buffer[stream->used] = '\0';
    if (stream->status == 0 && (head = take_head(stream, problem)) < 0)
        return -1;
    if (stream->status != 0)
        return take_events(stream, (size_t)head, problem);
    *problem = "the head of the answer is too long";
    return stream->used < FEED_STREAM_BUFFER ? 0 : -1;
}

void
feed_stream_begin(struct feed_stream *stream)
{
    stream->status = 0;
    stream->used = 0;
    stream->buffer[0] = '\0';
}
