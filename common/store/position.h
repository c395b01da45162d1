/* Positions: the next offset of each partition, stored in the transaction of the effects. In memory they run ahead of
 * the table by one turn. */
#ifndef POSITION_H
#define POSITION_H

#include "../base/envelope.h"
#include "../base/uuid.h"

#include <stdbool.h>

struct db;
struct positions;

struct position {
    int64_t next;                   /* offset of the next record; -1: nothing was read yet */
    char last_event_id[UUID_TEXT];  /* ce_id of the record before it; "" if it had none or there was none */
};

struct positions *positions_new(struct db *db, int partitions);
void positions_free(struct positions *positions);
/* Reads the table again, forgetting what memory holds. */
void positions_load(struct positions *positions);

const struct position *positions_get(const struct positions *positions, enum topic topic, int partition);
/* The record at offset has been passed; event_id may be NULL. Stored with the next commit. */
void positions_pass(struct positions *positions, enum topic topic, int partition, int64_t offset,
                    const char *event_id);
/* Something was passed that is not stored yet. */
bool positions_dirty(const struct positions *positions);

/* Group commit: writes one row for each partition that moved; then keeps them, or goes back to what is stored. */
void positions_before_commit(void *positions);
void positions_after_commit(void *positions, bool committed);

/* Forgets every position: the broker lost its memory. Inside a turn. */
void positions_reset(struct positions *positions);

#endif
