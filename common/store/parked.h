/* Rows of the outbox that the broker does not take: moved aside so that the cursor goes on, and put back when it may take
 * them. One key is never overtaken: later rows of a parked key are moved behind it, and go back with it. */
#ifndef PARKED_H
#define PARKED_H

#include "../base/envelope.h"

#include <stdbool.h>

struct db;

/* The row was refused for good. It becomes PARKED, and rows of its key with a higher seq WAITING. false if it is gone. */
bool parked_add(struct db *db, int64_t seq, const char *reason, int64_t now_ms);
/* The row was refused for good, and what it told of has been compensated: ABANDONED; rows of its key stay. */
bool parked_abandon(struct db *db, int64_t seq, const char *reason, int64_t now_ms);
/* The row is not needed any more. */
void parked_drop(struct db *db, int64_t seq);
/* The topic takes nothing now: rows of it above `after` become WAITING_TOPIC. */
void parked_topic(struct db *db, enum topic topic, int64_t after, const char *reason, int64_t now_ms);
/* New rows, those above `after`, of keys that are parked and of topics that wait, are moved behind them. */
void parked_keep_behind(struct db *db, int64_t after, int64_t now_ms);

/* PARKED, WAITING and WAITING_TOPIC rows: while there are none nothing needs to be kept behind. */
int64_t parked_count(struct db *db);
/* How many rows have this state. */
int64_t parked_count_state(struct db *db, const char *state);
/* The oldest row that waits for this topic, to be sent as a question; false if none waits. */
bool parked_topic_first(struct db *db, enum topic topic,
                        bool (*each)(void *context, int64_t seq, const struct envelope *out), void *context);

/* An operator's word on a PARKED row: it goes again, or it is given up (SKIPPED), and what waited behind it goes: all at the
 * end of the outbox, in the order of seq, with the same ids. false if it is not PARKED. */
bool parked_retry(struct db *db, int64_t seq);
bool parked_skip(struct db *db, int64_t seq, int64_t now_ms);
/* The rows that wait for this topic go again, in the order of seq. Answers how many. */
int parked_topic_return(struct db *db, enum topic topic);

#endif
