/* One partition as the consumer sees it: where it is in its life, and what it holds back. */
#ifndef PARTITION_H
#define PARTITION_H

#include "../base/envelope.h"
#include "../base/uuid.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

struct held;

struct partition {
    enum topic topic;
    int number;
    const char *name;            /* of the topic on the broker */
    struct held *oldest, *newest;/* records to be offered again, in order; the partition pauses while there are some */
    int64_t again_us;            /* when, monotonic */
    int backoff_ms;              /* of the last time; 0: the last record was taken */
    bool end_wanted;
    int64_t expected;            /* the first record read after an assign has to stand here … */
    char expected_id[UUID_TEXT]; /* … and have this ce_id; "": it has to be the next one, whatever its id */
    bool checked;                /* it was, or nothing was expected */
    int64_t durable, reported;   /* next offset: in the database, in Kafka's offsets */
    const char *stopped;         /* why it is not read any more; NULL if it is read */
};

/* At the end, or before everything that is held. Takes the message over. */
void partition_hold_last(struct partition *partition, rd_kafka_message_t *message);
void partition_hold_first(struct partition *partition, rd_kafka_message_t *message);
/* The oldest one, which is the caller's then; NULL if nothing is held. */
rd_kafka_message_t *partition_take(struct partition *partition);
bool partition_holds(const struct partition *partition);
/* Destroys what is held. */
void partition_forget(struct partition *partition);
/* Doubles the back-off, from 200 ms to 10 s, and sets the time of the next try. */
void partition_back_off(struct partition *partition, int64_t now_us);

#endif
