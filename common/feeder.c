#include "feeder_private.h"

#include "base/clock.h"
#include "base/memory.h"
#include "feed.h"
#include "http/exposition.h"
#include "http/stream.h"
#include "service.h"
#include "store/db.h"
#include "store/group_commit.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE_ROWS = 500,
    BEHIND_BYTES = 256 * 1024,       /* a reader that is behind gets its next page below this */
    LIVE_BYTES = 1024 * 1024         /* one that is not is cut off above this */
};

/* ---- who is behind ---- */

static bool
takes_more(const struct feeder *feeder, const struct reader *reader)
{
    return reader->after >= 0 && reader->after < feeder->last
           && (reader->live || stream_waiting(reader->exchange) < BEHIND_BYTES);
}

/* The readers take turns, so that one who is far behind holds up nobody. -1 if nobody takes more. */
static int
next_reader(const struct feeder *feeder)
{
    for (int i = 0; i < feeder->count; i++)
        if (takes_more(feeder, &feeder->readers[(feeder->next + i) % feeder->count]))
            return (feeder->next + i) % feeder->count;
    return -1;
}

/* By a timer: an event that makes itself active would run before all sockets. */
static void
wake_for_more(struct feeder *feeder)
{
    static const struct timeval at_once;

    if (next_reader(feeder) >= 0 && !event_pending(feeder->turn, EV_TIMEOUT, NULL))
        event_add(feeder->turn, &at_once);
}

/* ---- pages ---- */

struct page {
    struct evbuffer *text;
    int64_t last;
    int rows;
};

static void
add_row(void *context, int64_t id, const char *json)
{
    struct page *page = context;

    evbuffer_add_printf(page->text, "id: %lld\ndata: %s\n\n", (long long)id, json);
    page->last = id;
    page->rows++;
}

static void
send_page(struct feeder *feeder, struct reader *reader, const struct page *page)
{
    stream_send(reader->exchange, (const char *)evbuffer_pullup(page->text, -1), evbuffer_get_length(page->text));
    reader->after = page->last;
    reader->live = reader->live || page->last == feeder->last;
    feeder->sent += (uint64_t)page->rows;
}

/* One page, to all who stand where this reader stands: usually everybody. */
static void
serve(struct feeder *feeder, int64_t after)
{
    struct page page = { .text = evbuffer_new(), .last = after };

    feeder->feed->read(feeder->core->db, after, feeder->last, PAGE_ROWS, add_row, &page);
    for (int i = 0; i < feeder->count && page.rows > 0; i++)
        if (feeder->readers[i].after == after && takes_more(feeder, &feeder->readers[i]))
            send_page(feeder, &feeder->readers[i], &page);
    evbuffer_free(page.text);
    db_end_cause(feeder->core->db);
}

/* ---- the end of a stream ---- */

static void
drop(struct feeder *feeder, int index)
{
    feeder->readers[index] = feeder->readers[--feeder->count];
}

/* Those who have left, and those who do not keep up. */
static void
drop_lost(struct feeder *feeder)
{
    for (int i = feeder->count - 1; i >= 0; i--) {
        struct reader *reader = &feeder->readers[i];
        int64_t waiting = stream_waiting(reader->exchange);

        if (waiting >= 0 && (waiting <= LIVE_BYTES || !reader->live))
            continue;
        feeder->cut += waiting >= 0;
        stream_cut(reader->exchange);
        drop(feeder, i);
    }
}

static void
on_turn(evutil_socket_t fd, short what, void *context)
{
    struct feeder *feeder = context;
    int index = next_reader(feeder);

    (void)fd, (void)what;
    if (index < 0)
        return;
    feeder->next = index + 1;
    serve(feeder, feeder->readers[index].after);
    drop_lost(feeder);
    wake_for_more(feeder);
}

/* ---- after a commit ---- */

/* The id alone tells the client where to go on, should it be cut off before the first row. One that names a row which
 * does not exist (the database was restored) begins at the end. */
static void
place(struct feeder *feeder, struct reader *reader)
{
    char text[60];

    reader->after = reader->asked < 0 || reader->asked > feeder->last ? feeder->last : reader->asked;
    snprintf(text, sizeof(text), "retry: 1000\nid: %lld\n\n", (long long)reader->after);
    stream_send(reader->exchange, text, strlen(text));
}

void
feeder_look(struct feeder *feeder)
{
    feeder->last = feeder->feed->last(feeder->core->db);
    for (int i = 0; i < feeder->count; i++)
        if (feeder->readers[i].after < 0)
            place(feeder, &feeder->readers[i]);
    wake_for_more(feeder);
}

void
feeder_after_commit(void *context, bool committed)
{
    struct feeder *feeder = context;

    (void)committed;                     /* what was undone was not seen: rows are read up to the last durable one */
    if (feeder->count > 0)
        feeder_look(feeder);
}

/* ---- life ---- */

static const char comment[] = ":\n\n";

/* One that has not taken what it was sent gets no comment: its time limit is running. */
void
feeder_tick(struct feeder *feeder)
{
    int64_t now = clock_monotonic_us(feeder->clock);

    if (feeder->count == 0)
        return;
    drop_lost(feeder);
    wake_for_more(feeder);
    if (now < feeder->comment_due_us)
        return;
    feeder->comment_due_us = now + feeder->comment_us;
    for (int i = 0; i < feeder->count; i++)
        if (stream_waiting(feeder->readers[i].exchange) == 0)
            stream_send(feeder->readers[i].exchange, comment, sizeof(comment) - 1);
}

void
feeder_stop(struct feeder *feeder)
{
    feeder->stopped = true;
    while (feeder->count > 0)
        stream_end(feeder->readers[--feeder->count].exchange);
}

void
feeder_write(const struct feeder *feeder, struct exposition *out)
{
    if (feeder->feed == NULL)
        return;
    exposition_metric(out, "feed_readers", "gauge", "Streams of events that are open.");
    exposition_sample(out, NULL, feeder->count);
    exposition_metric(out, "feed_rows_sent_total", "counter", "Rows sent, each to each reader.");
    exposition_sample(out, NULL, (double)feeder->sent);
    exposition_metric(out, "feed_readers_cut_total", "counter", "Readers cut off because they did not keep up.");
    exposition_sample(out, NULL, (double)feeder->cut);
}

struct feeder *
feeder_new(struct event_base *base, struct core *core, const struct clock *clock, int comment_ms)
{
    struct feeder *feeder = memory_new(1, sizeof(*feeder));

    feeder->core = core;
    feeder->feed = core->service->feed;
    feeder->clock = clock;
    feeder->comment_us = (int64_t)comment_ms * 1000;
    feeder->turn = event_new(base, -1, 0, on_turn, feeder);
    return feeder;
}

void
feeder_free(struct feeder *feeder)
{
    if (feeder == NULL)
        return;
    event_free(feeder->turn);
    free(feeder);
}
