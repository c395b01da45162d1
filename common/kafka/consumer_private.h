/* The inside of struct consumer: consumer.c has its life, consumer_records.c what it does with records, consumer_held.c what
 * makes a partition wait, stop or begin anew, consumer_ask.c what operators ask and decide. */
#ifndef CONSUMER_PRIVATE_H
#define CONSUMER_PRIVATE_H

#include "consumer.h"

#include "../base/memory.h"
#include "client.h"
#include "partition.h"

struct event;

/* A record that the open turn has taken. */
struct taken_record {
    struct partition *partition;
    rd_kafka_message_t *message;
};

/* A handle that fetches. Dead letters have their own: rare as they are, they would make each fetch of the others larger. */
struct reader {
    struct consumer *consumer;
    struct client *client;              /* NULL before the first assign */
};

enum { EVENT_READER, LETTER_READER, READERS };

struct consumer {
    struct event_base *base;
    const struct clock *clock;
    struct positions *positions;
    struct client_options client_options;
    struct consumer_options options;
    struct consumer_listener listener;

    struct reader readers[READERS];
    struct client *reporter;            /* commits offsets to Kafka; NULL before there are any */
    struct arena arena;                 /* of the record that is offered */
    struct event *again;                /* timer for what is held */
    struct partition *partitions;
    int count;
    bool assigned, down, resting;

    struct taken_record *turn;
    size_t turn_count, turn_room;
    struct consumer_stats stats;
};

/* Holds the partition back for so long, in ms; 0: its own back-off decides. And sets the timer for whatever is held. */
void consumer_hold(struct consumer *consumer, struct partition *partition, int again_ms);
void consumer_schedule(struct consumer *consumer);
/* Until an operator resumes it. */
void consumer_stop(struct consumer *consumer, struct partition *partition, const char *why, int64_t offset);
/* Whether the log is the one that was read before: looks at the first record after an assign, at the end (message NULL) of a
 * partition that has none. false: the partition has been stopped, or what is there is not believed yet. */
bool consumer_check_first(struct consumer *consumer, struct partition *partition, int64_t offset,
                          const rd_kafka_message_t *message);
/* The broker does not let our user read the topic; and a record or an end of the partition has come all the same. */
void consumer_refuse(struct consumer *consumer, struct partition *partition, rd_kafka_resp_err_t error);
void consumer_allow(const struct consumer *consumer, struct partition *partition);
/* The record before our position is not in the log. */
void consumer_read_from_beginning(struct consumer *consumer, struct partition *partition);

/* By its topic and number; NULL if it is not ours. */
struct partition *consumer_find(struct consumer *consumer, enum topic topic, int number);
/* Reads the partition anew from this offset, which may be a logical one. What it holds stays. */
void consumer_read_from(struct consumer *consumer, struct partition *partition, int64_t offset);
void consumer_pause_fetch(struct consumer *consumer, struct partition *partition);
void consumer_resume_fetch(struct consumer *consumer, struct partition *partition);
/* The end of the partition as it is from now on will be polled after all that there is to read. */
void consumer_fetch_end(struct consumer *consumer, struct partition *partition);

/* The handle that reads the partition. */
rd_kafka_t *consumer_handle(const struct consumer *consumer, const struct partition *partition);

/* Callbacks of a reader's client and of the timer for what is held. */
void consumer_on_ready(void *reader);
void consumer_on_error(void *reader, rd_kafka_resp_err_t error);
void consumer_on_again(int fd, short what, void *consumer);

#endif
