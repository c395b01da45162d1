/* What the broker refuses. A whole request is refused for one record in it, so a refusal counts only when the row was alone
 * in its request; a refusal that concerns the topic holds up that topic's rows only. */
#include "relay_private.h"

#include "../base/clock.h"
#include "../base/faults.h"
#include "../base/log.h"
#include "../store/db.h"
#include "../store/group_commit.h"
#include "../store/outbox.h"
#include "../store/parked.h"
#include "producer.h"
#include "window.h"

#include <stdio.h>

enum {
    SETTLE_AGAIN_US = 1000000,       /* the database would not set the row aside */
    ASK_TOPIC_US = 1000000,          /* a topic that takes nothing is asked again */
    TOPIC_PATIENCE_US = 5000000,     /* then its rows make room for others */
    ASK_WAITING_TOPIC_US = 5000000
};

/* A question is under way. */
static bool
is_asking(const struct relay *relay)
{
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        if (relay->topics[topic].refused && relay->topics[topic].again_us == INT64_MAX)
            return true;
    return false;
}

/* ---- rows ---- */

/* Refused rows go alone, one after the other: nothing else is sent meanwhile. */
static void
send_alone(struct relay *relay)
{
    int64_t seq = window_first_refused(relay->window);

    if (seq == 0 || relay->in_flight > 0 || relay->believed != 0 || is_asking(relay))
        return;
    relay->alone = seq;
    relay_send_again(relay, seq);
}

void
relay_on_row_refused(struct relay *relay, int64_t seq, const char *why)
{
    relay->stats.refused++;
    snprintf(relay->held, sizeof(relay->held), "outbox row %lld was refused: %s", (long long)seq, why);
    if (window_refused(relay->window) == 0)
        log_warn(relay->client.log, "the broker refuses a request: its rows are sent again one by one",
                 INT("seq", seq), TEXT("why", why));
    window_refuse(relay->window, seq);
    if (relay->alone == seq) {
        relay->alone = 0;
        relay->believed = seq;
        relay->refused_again_us = 0;
        snprintf(relay->held, sizeof(relay->held), "%s", why);
    }
    send_alone(relay);
}

/* The row is not the window's any more. Rows of its key that were moved with it are gone from the outbox; the first that is
 * there still has its turn. */
static void
leave_out(struct relay *relay, int64_t seq)
{
    int64_t waiter = window_acknowledge(relay->window, seq);

    while (waiter != 0 && !outbox_read_one(relay->db, waiter, relay_send_row, relay)) {
        if (db_failure(relay->db) != DB_FINE) {
            relay->restart = true;      /* it may be there: everything goes again */
            return;
        }
        waiter = window_acknowledge(relay->window, waiter);
    }
}

/* Refused alone: the row is set aside in a transaction, and only then leaves the window. */
static void
settle(struct relay *relay)
{
    int64_t now = clock_monotonic_us(relay->clock);

    if (now < relay->refused_again_us)
        return;
    relay->refused_again_us = now + SETTLE_AGAIN_US;
    if (!relay->listener.on_refused(relay->listener.context, relay->believed, relay->held))
        return;
    crash_point(relay->faults, POINT_ROW_ASIDE_DONE);
    relay->stats.set_aside++;
    leave_out(relay, relay->believed);
    relay->believed = 0;
    relay_count_parked(relay);
    send_alone(relay);
}

/* ---- topics ---- */

static bool
note_topic(void *context, int64_t seq, const struct envelope *out)
{
    (void)seq;
    *(enum topic *)context = out->topic;
    return false;
}

void
relay_on_topic_refused(struct relay *relay, int64_t tag, const char *why)
{
    enum topic topic = (enum topic)(QUESTION - tag);
    int64_t now = clock_monotonic_us(relay->clock);
    struct refused_topic *refused;

    if (tag > QUESTION && !outbox_read_one(relay->db, tag, note_topic, &topic)) {
        relay->restart = true;
        return;
    }
    refused = &relay->topics[topic];
    relay->stats.refused++;
    if (tag > QUESTION && (!refused->refused || refused->waits)) {
        log_error(relay->client.log, "a topic takes nothing: its rows wait", TEXT("topic", relay->options.topics[topic]),
                  TEXT("why", why));
        *refused = (struct refused_topic){ .refused = true, .since_us = now, .seq = tag };
    }
    snprintf(refused->why, sizeof(refused->why), "%s", why);
    refused->again_us = now + (refused->waits ? ASK_WAITING_TOPIC_US : ASK_TOPIC_US);
}

void
relay_on_question_lost(struct relay *relay, int64_t tag)
{
    relay->topics[QUESTION - tag].again_us = clock_monotonic_us(relay->clock) + ASK_TOPIC_US;
}

static bool
send_question(void *context, int64_t seq, const struct envelope *out)
{
    struct relay *relay = context;

    (void)seq;
    if (relay_produce(relay, out, QUESTION - (int64_t)out->topic) != 0)
        relay_on_question_lost(relay, QUESTION - (int64_t)out->topic);
    return false;
}

static void
ask_topic(struct relay *relay, enum topic topic)
{
    struct refused_topic *refused = &relay->topics[topic];

    refused->again_us = INT64_MAX;      /* until the answer */
    if (!refused->waits)
        relay_send_again(relay, refused->seq);
    else if (!parked_topic_first(relay->db, topic, send_question, relay))
        refused->refused = false;
}

/* Its rows make room: the cursor may pass them, and they come back by themselves. They may be a million: a turn of their own
 * and no savepoint, which would have to keep every page they stood on. */
static void
move_aside(struct relay *relay, enum topic topic)
{
    struct refused_topic *refused = &relay->topics[topic];

    group_begin(relay->group);
    parked_topic(relay->db, topic, window_cursor(relay->window), refused->why, clock_now_ms(relay->clock));
    db_point(relay->db, POINT_TOPIC_ASIDE_WRITTEN);
    if (!group_commit(relay->group))
        return;
    refused->waits = true;
    refused->again_us = clock_monotonic_us(relay->clock) + ASK_WAITING_TOPIC_US;
    relay->restart = true;
    relay_count_parked(relay);
}

/* Rows of the topic that were there before, and are said once more after a rewind, stand in the window, unsent: everything
 * that is not acknowledged goes again, in order. */
static void
bring_back(struct relay *relay, enum topic topic)
{
    struct refused_topic *refused = &relay->topics[topic], before = *refused;
    int count;

    *refused = (struct refused_topic){ .refused = false };
    group_begin(relay->group);      /* without a savepoint, as in move_aside */
    count = parked_topic_return(relay->db, topic);
    db_point(relay->db, POINT_TOPIC_BACK_WRITTEN);
    if (!group_commit(relay->group)) {
        *refused = before;
        return;
    }
    log_info(relay->client.log, "a topic takes records again", TEXT("topic", relay->options.topics[topic]),
             INT("rows", count));
    relay->restart = true;
    relay_count_parked(relay);
}

static void
topic_tick(struct relay *relay, enum topic topic, int64_t now)
{
    struct refused_topic *refused = &relay->topics[topic];

    if (!refused->refused)
        return;
    if (refused->back)
        bring_back(relay, topic);
    else if (!refused->waits && now >= refused->since_us + TOPIC_PATIENCE_US)
        move_aside(relay, topic);
    else if (now >= refused->again_us && relay->alone == 0)      /* a row that is judged is alone in its request */
        ask_topic(relay, topic);
}

void
relay_look_for_waiting_topics(struct relay *relay)
{
    enum topic of;

    for (int topic = 0; topic < ALL_TOPICS; topic++) {
        /* Of the topics of events it is the service's own: the row says which that is. */
        bool waits = parked_topic_first(relay->db, (enum topic)topic, note_topic, &of) && (int)of == topic;

        relay->topics[topic] = (struct refused_topic){ .refused = waits, .waits = waits, .why = "asked at the start" };
    }
}

/* ---- both ---- */

void
relay_on_accepted(struct relay *relay, int64_t tag)
{
    if (relay->alone == tag) {
        relay->alone = 0;
        log_info(relay->client.log, "the broker accepts a row that it refused", INT("seq", tag));
    }
    if (window_refused(relay->window) > 0)
        send_alone(relay);
    for (int topic = 0; topic < ALL_TOPICS; topic++) {
        struct refused_topic *refused = &relay->topics[topic];

        if (!refused->refused)
            continue;
        if (tag == QUESTION - topic) {
            refused->back = true;
        } else if (!refused->waits && tag == refused->seq) {
            refused->refused = false;
            relay->restart = true;      /* its rows stand in the window, unsent */
        }
    }
}

void
relay_refused_tick(struct relay *relay)
{
    int64_t now = clock_monotonic_us(relay->clock);

    if (relay->believed != 0)
        settle(relay);
    else
        send_alone(relay);
    for (int topic = 0; topic < ALL_TOPICS && !relay->restart; topic++)
        topic_tick(relay, (enum topic)topic, now);
}
