/* Which events have had their effect: one row each, in the transaction of the effect. */
#ifndef PROCESSED_EVENT_H
#define PROCESSED_EVENT_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct envelope;

/* Notes that the event is handled. false: it was noted before, a duplicate that must have no effect. */
bool processed_event_add(struct db *db, const struct envelope *in);
/* The event was set aside, and is now handled after all: DEAD becomes DONE. false: it has had its effect. */
bool processed_event_revive(struct db *db, const struct envelope *in);
/* The event was set aside instead: its outcome is DEAD. */
void processed_event_mark_dead(struct db *db, const struct envelope *in);

/* Retention, as outbox.h has it. What is DEAD stays as its dead letter does, so that a redrive finds it. */
int64_t processed_event_oldest(struct db *db);
int processed_event_prune(struct db *db, int64_t before, int limit);

#endif
