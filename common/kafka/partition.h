/* One partition as the consumer sees it: where it is in its life, and what it holds back. */
#ifndef PARTITION_H
#define PARTITION_H

#include "../base/envelope.h"
#include "../base/uuid.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

struct held;
struct position;

struct partition {
    enum topic topic;
    int number;
    const char *name;            /* of the topic on the broker */
    struct held *oldest, *newest;/* records to be offered again, in order; the partition pauses while there are some */
    int64_t again_us;            /* when, monotonic */
    int backoff_ms;              /* of the last time; 0: the last record was taken */
    int64_t end_wanted_ms;       /* when the end was asked for; 0: it was not */
    bool end_is_fresh;           /* whatever was fetched before that has been thrown away: the next end counts */
    char expected_id[UUID_TEXT]; /* ce_id that the record before our position has to have; "": none is known */
    bool exact;                  /* the log has to begin at our position: the record before it is gone */
    int64_t short_us;            /* since when its log has seemed to end before our position, monotonic; 0: it does not */
    bool checked;                /* the first record after an assign was looked at, or nothing is expected of it */
    bool skipped;                /* a record was passed in this turn that is not kept: undone, it has to be read again */
    int64_t durable, reported;   /* next offset: in the database, in Kafka's offsets */
    const char *refused;         /* why the broker gives us nothing of it; NULL if it does */
    const char *stopped;         /* why it is not read any more; NULL if it is read */
    bool halted;                 /* stopped until an operator resumes it, over a new assign too */
};

/* A list of this partition alone, as librdkafka's calls want it. The caller's. */
rd_kafka_topic_partition_list_t *partition_list(const struct partition *partition);

/* Prepares for an assign and answers the offset to read from: one record early where that record's id is known, so that
 * it shows whether the log is still the one that was read before. */
int64_t partition_begin(struct partition *partition, const struct position *position);
/* The same when the record before our position is not there: a log that begins exactly at our position is fine. */
void partition_begin_at_beginning(struct partition *partition);
/* Whether the log only seems to end before our position, at offset. A broker that was killed and leads again shows its log as
 * far as it knows it to be committed, until the other copies have told it more (seen: one record short, for seconds). So a
 * short end is not believed for a minute; a record that is another one is. */
bool partition_seems_short(struct partition *partition, int64_t next, int64_t offset, int64_t now_us);
/* Looks at the first record (or the end, id NULL) after an assign. NULL if it fits our position, else why not. */
const char *partition_check(struct partition *partition, int64_t next, int64_t offset, const char *id);

/* At the end: one that was just read. Takes the message over, as the next one does. */
void partition_hold_last(struct partition *partition, rd_kafka_message_t *message);
/* In its place: one that was offered and comes back, perhaps behind others of a turn that was undone meanwhile. */
void partition_hold_again(struct partition *partition, rd_kafka_message_t *message);
/* The oldest one, which is the caller's then; NULL if nothing is held. */
rd_kafka_message_t *partition_take(struct partition *partition);
bool partition_holds(const struct partition *partition);
/* Destroys what is held. */
void partition_forget(struct partition *partition);
/* Sets the time of the next try: in again_ms, or if that is 0 after a back-off that doubles from 200 ms to 10 s. */
void partition_back_off(struct partition *partition, int64_t now_us, int again_ms);

#endif
