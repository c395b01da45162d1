/* Attempts: how often the handling of an event has failed. Counted in the transaction that undid it; an outage is no
 * attempt, since then there is no transaction. */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "../base/envelope.h"
#include "../base/uuid.h"

#include <stdbool.h>

struct db;

struct attempt {
    int tries;          /* the handler answered RETRY */
    int give_ups;       /* giving it up failed */
    int crashes;        /* the process died in its handler */
    int64_t first_at;   /* ms since 1970 */
    char reason[64];
};

/* How many events have failed so far and are not done with: nearly always none, so ask this first. */
int64_t attempts_count(struct db *db);

struct attempt_entry {
    const char *topic, *event_id, *reason;      /* in db_scratch */
    int partition, failures;                    /* of every kind */
    int64_t offset, last_at;
};
/* The oldest ones, at most `limit`. */
void attempts_read(struct db *db, int limit, void (*each)(void *context, const struct attempt_entry *entry),
                   void *context);

/* All zero for an event that has not failed. */
struct attempt attempt_get(struct db *db, const char *event_id);
/* Counts a failure of each kind; reason is snake_case. */
void attempt_add_try(struct db *db, const struct envelope *in, const char *reason);
void attempt_add_give_up(struct db *db, const struct envelope *in, const char *reason);
void attempt_add_crash(struct db *db, const struct envelope *in, const char *reason);
/* The event is handled or set aside. */
void attempt_forget(struct db *db, const char *event_id);
/* The partition is read on elsewhere: what failed before may not come again. */
void attempts_forget_partition(struct db *db, enum topic topic, int partition);
/* The broker has lost its memory: everything begins again. */
void attempts_forget_all(struct db *db);

#endif
