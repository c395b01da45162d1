#include "relay.h"

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "../store/db.h"
#include "../store/outbox.h"
#include "client.h"
#include "producer.h"
#include "window.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    REFUSED_ALONE_US = 200000,       /* then what was under way with it has been reported */
    REFUSED_AGAIN_US = 5000000,
    SECOND_COPY = -1
};

struct relay {
    struct event_base *base;
    struct db *db;
    const struct clock *clock;
    struct client_options client;
    struct relay_options options;
    void (*on_down)(void *context);
    void *context;

    struct producer *producer;       /* NULL while stopped */
    struct window *window;
    int64_t stored_cursor;
    int64_t refused_again_us;        /* when refused rows, which hold the relay, are sent again */
    char held[160];
    bool restart;                    /* a row came back undecided: everything unacknowledged goes again */
    int64_t replay_end;              /* rows up to here are sent at the replay rate */
    int64_t replay_from_us, replayed;
    struct relay_stats stats;
};

/* ---- sending ---- */

static bool
send_row(void *context, int64_t seq, const struct envelope *out)
{
    struct relay *relay = context;

    if (producer_send(relay->producer, out, seq) != 0) {
        relay->restart = true;       /* the window is smaller than librdkafka's queue: not to be expected */
        return false;
    }
    if (relay->options.send_twice)
        producer_send(relay->producer, out, SECOND_COPY);
    relay->stats.sent++;
    return true;
}

/* A row that waits for an earlier one of its key is read again when its turn has come: most keys never wait. */
static bool
take_row(void *context, int64_t seq, const struct envelope *out)
{
    struct relay *relay = context;

    if (window_add(relay->window, seq, out->subject))
        send_row(relay, seq, out);
    if (seq <= relay->replay_end)
        relay->replayed++;
    return true;
}

static int
replay_allowance(struct relay *relay)
{
    int64_t elapsed_us = clock_monotonic_us(relay->clock) - relay->replay_from_us;
    int64_t allowed = relay->options.replay_rate * elapsed_us / 1000000 - relay->replayed;

    return allowed < 0 ? 0 : allowed > WINDOW_SIZE ? WINDOW_SIZE : (int)allowed;
}

static void
pump(struct relay *relay)
{
    int room = WINDOW_SIZE - window_count(relay->window);

    if (relay->producer == NULL || window_refused(relay->window) > 0)
        return;
    if (window_mark(relay->window) < relay->replay_end && room > replay_allowance(relay))
        room = replay_allowance(relay);
    if (room > 0)
        outbox_read(relay->db, window_mark(relay->window), room, take_row, relay);
}

/* ---- reports ---- */

/* A row of the window, read once more. One that cannot be read now goes with everything that is not acknowledged. */
static void
send_again(struct relay *relay, int64_t seq)
{
    if (!outbox_read_one(relay->db, seq, send_row, relay))
        relay->restart = true;
}

/* A whole request is refused for one record in it, so refused rows go alone, one after the other: nothing else is sent
 * meanwhile. */
static void
send_first_refused(struct relay *relay)
{
    int64_t seq = window_first_refused(relay->window);

    relay->refused_again_us = clock_monotonic_us(relay->clock) + REFUSED_AGAIN_US;
    if (seq != 0)
        send_again(relay, seq);
}

static void
on_acknowledged(struct relay *relay, int64_t seq)
{
    int refused = window_refused(relay->window);
    int64_t waiter = window_acknowledge(relay->window, seq);

    relay->stats.acknowledged++;
    if (waiter != 0)
        send_again(relay, waiter);
    if (window_refused(relay->window) == refused)
        return;
    log_info(relay->client.log, "the broker accepts a row that it refused", INT("seq", seq));
    send_first_refused(relay);
}

static void
on_refused(struct relay *relay, int64_t seq, const char *why)
{
    relay->stats.refused++;
    if (window_refused(relay->window) == 0) {
        relay->refused_again_us = clock_monotonic_us(relay->clock) + REFUSED_ALONE_US;
        log_error(relay->client.log, "the broker refuses a row: the relay is held and tries it again", INT("seq", seq),
                  TEXT("why", why));
    }
    window_refuse(relay->window, seq);
    snprintf(relay->held, sizeof(relay->held), "outbox row %lld was refused: %s", (long long)seq, why);
}

static void
on_report(void *context, int64_t tag, enum report report, const char *why)
{
    struct relay *relay = context;

    if (tag == SECOND_COPY)
        return;
    if (report == REPORT_ACKNOWLEDGED) {
        on_acknowledged(relay, tag);
    } else if (report == REPORT_REFUSED) {
        on_refused(relay, tag, why);
    } else {
        relay->stats.lost++;
        relay->restart = true;
    }
}

static void
on_producer_down(void *context, bool fatal)
{
    struct relay *relay = context;

    relay_stop(relay);
    relay->stats.rebuilt += fatal;
    if (!fatal || relay_start(relay) != 0)
        relay->on_down(relay->context);
}

/* ---- life ---- */

struct relay *
relay_new(struct event_base *base, struct db *db, const struct clock *clock, const struct client_options *client,
          const struct relay_options *options, void (*on_down)(void *), void *context)
{
    struct relay *relay = memory_new(1, sizeof(*relay));

    relay->base = base;
    relay->db = db;
    relay->clock = clock;
    relay->client = *client;
    relay->options = *options;
    relay->on_down = on_down;
    relay->context = context;
    relay->window = window_new();
    relay->stored_cursor = relay_cursor_load(db);
    window_reset(relay->window, relay->stored_cursor);
    db_end_cause(db);
    return relay;
}

void
relay_free(struct relay *relay)
{
    if (relay == NULL)
        return;
    producer_free(relay->producer);
    window_free(relay->window);
    free(relay);
}

int
relay_start(struct relay *relay)
{
    struct producer_listener listener = { on_report, on_producer_down, relay };

    if (relay->producer == NULL)
        relay->producer = producer_new(relay->base, &relay->client, relay->options.topics, listener);
    return relay->producer == NULL ? -1 : 0;
}

int
relay_replay(struct relay *relay)
{
    relay->stored_cursor = relay_cursor_load(relay->db);
    window_reset(relay->window, relay->stored_cursor);
    relay->replay_end = outbox_last_seq(relay->db);
    relay->replay_from_us = clock_monotonic_us(relay->clock);
    relay->replayed = 0;
    return relay_start(relay);
}

/* The window's cursor may be ahead of the stored one: what was acknowledged stays so. */
void
relay_stop(struct relay *relay)
{
    producer_free(relay->producer);
    relay->producer = NULL;
    relay->restart = false;
    window_reset(relay->window, window_cursor(relay->window));
}

void
relay_before_commit(void *context)
{
    struct relay *relay = context;

    if (relay_dirty(relay))
        relay_cursor_store(relay->db, window_cursor(relay->window));
}

void
relay_after_commit(void *context, bool committed)
{
    struct relay *relay = context;

    if (!committed)
        return;
    relay->stored_cursor = window_cursor(relay->window);
    pump(relay);
}

bool
relay_dirty(const struct relay *relay)
{
    return relay->stored_cursor != window_cursor(relay->window);
}

void
relay_tick(struct relay *relay)
{
    if (relay->producer != NULL && relay->restart) {
        relay_stop(relay);
        relay_start(relay);
    }
    if (relay->producer != NULL && window_refused(relay->window) > 0
        && clock_monotonic_us(relay->clock) >= relay->refused_again_us)
        send_first_refused(relay);
    pump(relay);
}

int
relay_under_way(const struct relay *relay)
{
    return window_count(relay->window);
}

const char *
relay_held(const struct relay *relay)
{
    return window_refused(relay->window) == 0 ? NULL : relay->held;
}

int64_t
relay_cursor(const struct relay *relay)
{
    return window_cursor(relay->window);
}

const struct relay_stats *
relay_stats(const struct relay *relay)
{
    return &relay->stats;
}
