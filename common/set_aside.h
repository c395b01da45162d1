/* Giving up: what happens to a record that cannot be handled and to an event that cannot be said, so that nothing is lost
 * and the services still agree. */
#ifndef SET_ASIDE_H
#define SET_ASIDE_H

#include "base/record.h"
#include "service.h"

/* How dead letters of this service look. */
struct set_aside {
    struct core *core;
    const char *group;                      /* Kafka's name of this service */
    const char *topic_names[ALL_TOPICS];    /* on the broker */
    bool one_partition;                     /* DLT_PARTITION=0 */
};

/* The record becomes a dead letter, and where give_up is set the reaction's give_up runs, in one savepoint; the event
 * counts as processed. in: the event, NULL if the record is none. Answers HANDLED; UNDONE_… if the compensation failed, upon
 * which nothing was written; LOST. */
struct result set_aside_record(const struct set_aside *how, const struct record *record, const struct envelope *in,
                               const char *reason, const char *message, bool give_up, int64_t now_ms);

/* The broker refuses a row of the outbox for good: it is ABANDONED, and what its event told of compensated, where the
 * tables say if_refused; else it is parked, with later rows of its key. A dead letter is kept here at once. Commits.
 * false if the commit failed: nothing has changed. */
bool set_aside_row(const struct set_aside *how, int64_t seq, const char *why, int64_t now_ms);

/* A dead letter of ours, come back from its topic, is kept; those of other services, and of partitions that are another
 * shard's, are passed over. SKIPPED, HANDLED, UNDONE_REFUSED if the database will not have it, LOST. */
struct result set_aside_keep(const struct set_aside *how, const struct record *record);

#endif
