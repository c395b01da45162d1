/* The outbox: what is to be said, written in the transaction of the change it tells of. */
#ifndef OUTBOX_H
#define OUTBOX_H

#include "../base/envelope.h"
#include "../base/field.h"
#include "../base/outcome.h"

#include <stdbool.h>

struct db;

/* Adds an event: its id is minted, its partition computed from its subject (murmur2, as Java's client does).
 * Asserts that the running row lists the event's type. DONE, so that a handler may end with it. */
struct outcome outbox_add(struct db *db, struct envelope out);

/* Adds a dead letter: a record that goes to this dead-letter topic and partition as record_pack made it. about names it
 * for people, and keeps it apart from others: "orders/3/17". */
void outbox_add_dead_letter(struct db *db, enum topic topic, int partition, const char *about, const char *packed,
                            size_t size, int64_t now_ms);

/* Adds the event that a query describes: the first row's JSON and version. RETRY when the query answers nothing, which
 * only a failing database does: the row it tells of was just written. */
struct outcome outbox_say(struct db *db, const struct envelope *in, enum envelope_type type, const char *subject,
                          const char *sql, const struct field *fields);

/* The highest seq given out; 0 if there was none. */
int64_t outbox_last_seq(struct db *db);
/* When the oldest row above seq was said (ms since 1970); 0 if there is none. */
int64_t outbox_oldest_after(struct db *db, int64_t seq);

/* The columns of a row, in the order that outbox_row reads them. */
/* In a statement: the seq of the row that comes next. */
#define OUTBOX_NEXT_SEQ "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0) + 1"

#define OUTBOX_COLUMNS "seq, event_id, type, subject, partition, sequence, causation, traceparent, said_at, data, packed"
struct rows;
/* The row that the query stands on, which must select OUTBOX_COLUMNS first; valid until the next rows_next. */
struct envelope outbox_row(struct db *db, struct rows *rows);

/* Rows above `after` and up to `limit` of them, in order; each is handed to `each` until it answers false.
 * The envelope lives only during the call. Answers the number of rows handed over. */
int outbox_read(struct db *db, int64_t after, int limit,
                bool (*each)(void *context, int64_t seq, const struct envelope *out), void *context);
/* One row by its seq; false if it is gone. */
bool outbox_read_one(struct db *db, int64_t seq,
                     bool (*each)(void *context, int64_t seq, const struct envelope *out), void *context);

/* All rows up to this seq have been acknowledged by the broker. */
int64_t relay_cursor_load(struct db *db);
void relay_cursor_store(struct db *db, int64_t seq);
/* Sets the cursor just below the oldest row that is still kept, so that everything kept is said again; answers it. */
int64_t relay_cursor_rewind(struct db *db);

/* Retention: when the oldest acknowledged row was said (ms since 1970), INT64_MAX if there is none; and the deletion of
 * acknowledged rows said before a time, of the `limit` oldest at most. Answers how many there were. */
int64_t outbox_oldest_sent(struct db *db);
int outbox_prune(struct db *db, int64_t before, int limit);

#endif
