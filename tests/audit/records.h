/* What the topics hold, as tables that the checks can ask. Of a record so much is kept as tells whether it is what its row
 * in an outbox says, some 120 bytes: ten million of them are a file of 1.2 GB in TMPDIR. */
#ifndef RECORDS_H
#define RECORDS_H

#include "../../common/base/record.h"

struct sqlite3;
struct sqlite3_stmt;

struct records {
    struct sqlite3 *sqlite;
    struct sqlite3_stmt *insert;
    struct arena *arena;                /* for one record */
};

/* The tables record and log, both empty, and the view topic. */
void records_init(struct records *records, struct sqlite3 *sqlite);
void records_release(struct records *records);

/* A partition that holds the offsets from low to high, high excluded; before its records. */
void records_add_log(struct records *records, enum topic topic, int partition, int64_t low, int64_t high);
/* A record of its topic, partition and offset. Those of a partition come in the order of their offsets. -1: no room. */
int records_add(struct records *records, const struct record *record);

/* The partition that decides whose shard this record is: a dead letter may stand on another than what it is of. */
int records_home(const struct record *record);

/* SQL functions by which a row of an outbox is compared with its record: said_as(subject, causation, sequence, data) is the
 * content of an event, packed_as(packed) the event_id of a dead letter. */
void records_functions(struct sqlite3 *sqlite);

#endif
