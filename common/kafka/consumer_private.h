/* The inside of struct consumer: consumer.c has its life, consumer_records.c what it does with records. */
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

struct consumer {
    struct event_base *base;
    const struct clock *clock;
    struct positions *positions;
    struct client_options client_options;
    struct consumer_options options;
    struct consumer_listener listener;

    struct client *client;              /* NULL before the first assign */
    struct client *reporter;            /* commits offsets to Kafka; NULL before there are any */
    struct arena arena;                 /* of the record that is offered */
    struct event *again;                /* timer for what is held */
    struct partition *partitions;
    int count;
    bool assigned, down;

    struct taken_record *turn;
    size_t turn_count, turn_room;
    struct consumer_stats stats;
};

/* By its topic and number; NULL if it is not ours. */
struct partition *consumer_find(struct consumer *consumer, enum topic topic, int number);
/* Reads the partition anew from this offset, which may be a logical one. What it holds stays. */
void consumer_read_from(struct consumer *consumer, struct partition *partition, int64_t offset);
void consumer_pause_fetch(struct consumer *consumer, struct partition *partition);
void consumer_resume_fetch(struct consumer *consumer, struct partition *partition);

/* Callbacks of the client and of the timer for what is held. */
void consumer_on_ready(void *consumer);
void consumer_on_error(void *consumer, rd_kafka_resp_err_t error);
void consumer_on_again(int fd, short what, void *consumer);

#endif
