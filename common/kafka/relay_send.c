/* From the outbox to the producer: as many rows as the window has room for. */
#include "relay_private.h"

#include "../base/clock.h"
#include "../base/faults.h"
#include "../store/db.h"
#include "../store/outbox.h"
#include "producer.h"
#include "window.h"

enum { ENOUGH = 5, UNANSWERED_US = 50000 };

/* An event as a record, or a dead letter as it was packed. */
static struct record
record_of(struct relay *relay, const struct envelope *out, struct record_room *room)
{
    struct record record;

    if (out->packed == NULL)
        return record_of_event(out, room);
    record = (struct record){ .topic = out->topic, .partition = out->partition, .timestamp = out->time };
    record_unpack(out->packed, out->packed_size, db_scratch(relay->db), &record);     /* we have packed it */
    return record;
}

int
relay_produce(struct relay *relay, const struct envelope *out, int64_t tag)
{
    struct record_room room;
    struct record record;

    if (relay->faults != NULL && relay_fault_refuses(relay, out, tag))
        return 0;
    record = record_of(relay, out, &room);
    return producer_send(relay->producer, &record, tag);
}

bool
relay_send_row(void *context, int64_t seq, const struct envelope *out)
{
    struct relay *relay = context;

    crash_point(relay->faults, POINT_PRODUCE_BEFORE);
    relay->in_flight++;
    if (relay_produce(relay, out, seq) != 0) {
        relay->restart = true;       /* the window is smaller than librdkafka's queue: not to be expected */
        return false;
    }
    crash_point(relay->faults, POINT_PRODUCE_AFTER);
    if (faults_hit(relay->faults, FAULT_EVENTS_TWICE, out->type))
        relay_produce(relay, out, SECOND_COPY);
    relay->stats.sent++;
    return true;
}

/* A row that waits for an earlier one of its key is read again when its turn has come: most keys never wait. */
static bool
take_row(void *context, int64_t seq, const struct envelope *out)
{
    struct relay *relay = context;

    if (window_add(relay->window, seq, out->subject) && !relay->topics[out->topic].refused)
        relay_send_row(relay, seq, out);
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

/* About one group is under way, what comes meanwhile goes as one with its answer or the next commit: a broker that is slow
 * gets fewer and fuller requests.
 * librdkafka would send no more of a partition either while five of its records are unanswered, but polls without a rest
 * until it may (seen with 2.0.2: 11,000 times a second). One of several brokers that does not answer must not hold up what
 * others lead for long. */
static bool
is_enough_under_way(const struct relay *relay)
{
    return relay->in_flight >= ENOUGH && clock_monotonic_us(relay->clock) - relay->handed_us < UNANSWERED_US;
}

void
relay_pump(struct relay *relay)
{
    int room = WINDOW_SIZE - window_count(relay->window);

    if (relay->producer == NULL || relay->restart || window_refused(relay->window) > 0)
        return;
    relay->held_back = is_enough_under_way(relay);
    if (relay->held_back)
        return;
    if (window_mark(relay->window) < relay->replay_end && room > replay_allowance(relay))
        room = replay_allowance(relay);
    if (room > 0 && outbox_read(relay->db, window_mark(relay->window), room, take_row, relay) > 0)
        relay->handed_us = clock_monotonic_us(relay->clock);
}

/* One that cannot be read now goes with everything that is not acknowledged. */
void
relay_send_again(struct relay *relay, int64_t seq)
{
    if (!outbox_read_one(relay->db, seq, relay_send_row, relay))
        relay->restart = true;
}
