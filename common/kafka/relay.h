/* The relay: brings the outbox to the broker, in order for each key, at least once. */
#ifndef RELAY_H
#define RELAY_H

#include "../base/envelope.h"

#include <stdbool.h>

struct client_options;
struct clock;
struct db;
struct event_base;
struct group_commit;
struct relay;

struct relay_options {
    const char *topics[ALL_TOPICS]; /* names on the broker */
    int64_t replay_rate;            /* rows/s after relay_rewind */
};

struct relay_stats {
    uint64_t sent, acknowledged, refused, set_aside, lost, rebuilt;
};

struct relay_listener {
    /* No broker can be reached; relay_stop was called already. */
    void (*on_down)(void *context);
    /* The broker refuses this row for good: it was alone in its request. Called from relay_tick. true: it, and what must
     * stay behind it, is out of the outbox, durably; false: later. */
    bool (*on_refused)(void *context, int64_t seq, const char *why);
    void *context;
};

struct relay *relay_new(struct event_base *base, struct group_commit *group, struct db *db, const struct clock *clock,
                        const struct client_options *client, const struct relay_options *options,
                        struct relay_listener listener);
void relay_free(struct relay *relay);

/* Goes on from its cursor, to a broker whose identity and partition counts were checked. -1 if no producer could be made
 * (logged). */
int relay_start(struct relay *relay);
/* While it is stopped, and after relay_cursor_rewind is durable: the rows there are now will be sent, at replay_rate at
 * most. */
void relay_rewind(struct relay *relay);
/* Drops the producer; what was not acknowledged will be sent again. */
void relay_stop(struct relay *relay);

/* Group commit. Nothing is read from the outbox while a turn is open: its rows are not durable. */
void relay_before_commit(void *relay);
void relay_after_commit(void *relay, bool committed);
/* The cursor in the table is behind. */
bool relay_dirty(const struct relay *relay);
/* Sends what a timer allows; called a few times a second while no turn is open. */
void relay_tick(struct relay *relay);
/* Rows that are on their way to the broker. */
int relay_under_way(const struct relay *relay);
/* Somebody else has parked rows, or has brought them back: to be called before the commit. */
void relay_count_parked(struct relay *relay);

/* Why the relay is held: the broker refused a row, or all that we say. NULL if it is not. */
const char *relay_held(const struct relay *relay);
/* Why a topic takes nothing; NULL if it does. */
const char *relay_topic_refused(const struct relay *relay, enum topic topic);
int64_t relay_cursor(const struct relay *relay);
const struct relay_stats *relay_stats(const struct relay *relay);

#endif
