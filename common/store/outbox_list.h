/* The outbox and what is parked beside it, for operators. */
#ifndef OUTBOX_LIST_H
#define OUTBOX_LIST_H

#include <stdbool.h>
#include <stdint.h>

struct db;

/* Strings live in db_scratch. */
struct outbox_entry {
    int64_t seq, said_at;
    const char *state;          /* "SENT", "PENDING", or a state of outbox_parked */
    const char *type, *subject, *event_id, *causation;
    const char *reason;         /* why it is parked; NULL if it is not */
    const char *data;
    int partition;
};

/* Rows of this state in the order of seq, at most `limit` (of SENT the newest); state NULL: those that are still to be sent or
 * wait for a decision. */
void outbox_list(struct db *db, const char *state, int limit,
                 void (*each)(void *context, const struct outbox_entry *entry), void *context);
/* What was said about this order, in the order of seq. Looks at the newest 100,000 rows, so that it holds up nobody. */
void outbox_list_about(struct db *db, const char *subject,
                       void (*each)(void *context, const struct outbox_entry *entry), void *context);
/* false if there is no such row any more. */
bool outbox_entry_get(struct db *db, int64_t seq, struct outbox_entry *entry);

/* Sent rows with from <= seq <= to that were said at `since` (ms since 1970) or later. */
struct outbox_range {
    int64_t from, to, since;
};
int64_t outbox_range_count(struct db *db, const struct outbox_range *range);
/* They go again: appended at the end of the outbox with the same event ids, in the order of seq. */
int outbox_republish(struct db *db, const struct outbox_range *range);

/* Keys with a PARKED row. */
int64_t parked_keys(struct db *db);

#endif
