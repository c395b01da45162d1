#include "relay_private.h"

#include "../base/clock.h"
#include "../base/faults.h"
#include "../base/memory.h"
#include "../store/db.h"
#include "../store/group_commit.h"
#include "../store/outbox.h"
#include "../store/parked.h"
#include "producer.h"
#include "window.h"

#include <stdlib.h>

/* ---- reports ---- */

static void
on_acknowledged(struct relay *relay, int64_t seq)
{
    int64_t waiter = window_acknowledge(relay->window, seq);

    crash_point(relay->faults, POINT_REPORT_TAKEN);
    relay->stats.acknowledged++;
    relay_on_authorized(relay);
    if (waiter != 0)
        relay_send_again(relay, waiter);
}

static void
judge(struct relay *relay, int64_t tag, enum report report, const char *why)
{
    if (relay->faults != NULL && report == REPORT_ACKNOWLEDGED && tag > 0 && relay_fault_loses(relay, tag))
        report = REPORT_LOST;
    switch (report) {
    case REPORT_ACKNOWLEDGED:
        if (tag > 0)
            on_acknowledged(relay, tag);
        relay_on_accepted(relay, tag);
        break;
    case REPORT_REFUSED:
        if (tag > 0)
            relay_on_row_refused(relay, tag, why);
        else
            relay_on_accepted(relay, tag);       /* the topic is well: the row is judged when it goes itself */
        break;
    case REPORT_TOPIC_REFUSED:
        relay_on_topic_refused(relay, tag, why);
        break;
    case REPORT_LOST:
        relay->stats.lost++;
        if (tag > 0)
            relay->restart = true;
        else
            relay_on_question_lost(relay, tag);
        break;
    }
}

static void
on_report(void *context, int64_t tag, enum report report, const char *why)
{
    struct relay *relay = context;

    if (tag == SECOND_COPY)
        return;
    relay->in_flight -= tag > 0;
    judge(relay, tag, report, why);
    if (relay->held_back && !group_is_open(relay->group))
        relay_pump(relay);
}

static void
on_producer_down(void *context, bool fatal)
{
    struct relay *relay = context;

    bool unauthorized = fatal && producer_is_unauthorized(relay->producer);

    relay_stop(relay);
    relay->stats.rebuilt += fatal;
    if (unauthorized)
        relay_on_unauthorized(relay);
    else if (!fatal || relay_start(relay) != 0)
        relay->listener.on_down(relay->listener.context);
}

/* ---- life ---- */

struct relay *
relay_new(struct event_base *base, struct group_commit *group, struct db *db, const struct clock *clock,
          const struct client_options *client, const struct relay_options *options, struct relay_listener listener)
{
    struct relay *relay = memory_new(1, sizeof(*relay));

    relay->base = base;
    relay->db = db;
    relay->clock = clock;
    relay->client = *client;
    relay->options = *options;
    relay->group = group;
    relay->faults = db_context(db)->faults;
    relay->listener = listener;
    relay->window = window_new();
    relay->stored_cursor = relay_cursor_load(db);
    window_reset(relay->window, relay->stored_cursor);
    relay_count_parked(relay);
    relay_look_for_waiting_topics(relay);
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

void
relay_rewind(struct relay *relay)
{
    relay->stored_cursor = relay_cursor_load(relay->db);
    window_reset(relay->window, relay->stored_cursor);
    relay->replay_end = outbox_last_seq(relay->db);
    relay->replay_from_us = clock_monotonic_us(relay->clock);
    relay->replayed = 0;
}

/* The window's cursor may be ahead of the stored one: what was acknowledged stays so. */
void
relay_stop(struct relay *relay)
{
    producer_free(relay->producer);
    relay->producer = NULL;
    relay->restart = false;
    relay->in_flight = 0;
    relay->rest_until_us = 0;
    relay->alone = relay->believed = 0;
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        relay->topics[topic].again_us = 0;       /* its question was not answered */
    window_reset(relay->window, window_cursor(relay->window));
}

void
relay_before_commit(void *context)
{
    struct relay *relay = context;

    if (relay->parked > 0)
        parked_keep_behind(relay->db, relay->checked, clock_now_ms(relay->clock));
    if (relay_dirty(relay)) {
        relay_cursor_store(relay->db, window_cursor(relay->window));
        db_point(relay->db, POINT_CURSOR_WRITTEN);
    }
}

void
relay_count_parked(struct relay *relay)
{
    relay->parked = parked_count(relay->db);
    relay->checked = outbox_last_seq(relay->db);     /* who parks a row looks at those that are there */
}

void
relay_after_commit(void *context, bool committed)
{
    struct relay *relay = context;

    if (relay->parked > 0)
        relay->checked = outbox_last_seq(relay->db);
    if (!committed)
        return;
    relay->stored_cursor = window_cursor(relay->window);
    relay_pump(relay);
}

bool
relay_dirty(const struct relay *relay)
{
    return relay->stored_cursor != window_cursor(relay->window);
}

void
relay_tick(struct relay *relay)
{
    if (relay->unauthorized)
        relay_unauthorized_tick(relay);
    if (relay->producer != NULL && !relay->restart)
        relay_refused_tick(relay);
    if (relay->producer != NULL && relay->restart) {
        relay_stop(relay);
        if (relay_start(relay) != 0)
            relay->listener.on_down(relay->listener.context);
    }
    relay_pump(relay);
}

int
relay_under_way(const struct relay *relay)
{
    return window_count(relay->window);
}

const char *
relay_held(const struct relay *relay)
{
    if (relay->unauthorized)
        return "our user may write to no topic: grant it Write";
    return window_refused(relay->window) == 0 ? NULL : relay->held;
}

const char *
relay_topic_refused(const struct relay *relay, enum topic topic)
{
    return relay->topics[topic].refused ? relay->topics[topic].why : NULL;
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
