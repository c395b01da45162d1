/* What stands in for librdkafka and common/kafka/client.c: the calls that common/kafka makes, answered by the simulated
 * broker after simulated time. */
#ifndef KAFKA_H
#define KAFKA_H

#include "../../common/kafka/client.h"
#include "../../common/base/record.h"
#include "agenda.h"
#include "cluster.h"

#include <stdbool.h>

struct member;

/* A partition that a handle may read. */
struct reader {
    struct task fetch;
    rd_kafka_t *handle;
    int topic, number;
    bool assigned, paused;
    bool stopped;                /* its offset was out of range: librdkafka reads no more until it is assigned anew */
    bool end_due;                /* the end has to be reported when it is seen */
    int64_t next;                /* offset to fetch */
    int64_t polled;              /* offset after the last message that was handed over */
    int64_t high;                /* the log's end as last seen; -1: never */
    int queued;                  /* messages that wait to be polled */
};

/* A record on its way to the broker. */
struct sending {
    const struct record *record;
    void *tag;
    struct sending *next;
};

struct sendings {
    struct sending *first, *last;
};

/* What one request holds. */
struct batch {
    struct task task;
    struct lane *lane;           /* NULL: its producer is gone */
    int topic, number, life;     /* of the broker that it was sent to */
    struct sendings sendings;
    rd_kafka_resp_err_t error;
};

/* What a producer has for one partition; one batch of it is under way at a time, as idempotence needs it. */
struct lane {
    struct task ship;
    rd_kafka_t *handle;
    int topic, number;
    struct sendings waiting;
    struct batch *batch;
};

/* Reports of a producer: an rd_kafka_event_t. */
struct rd_kafka_op_s {
    struct sendings sendings;
    struct sending *current;
    rd_kafka_message_t message;
};

/* What waits to be polled: a message, reports, or an error of the handle. */
struct arrival {
    struct arrival *next;
    struct reader *from;         /* of a message or an end; NULL once the reader went elsewhere */
    rd_kafka_message_t message;
    const struct record *record;
    rd_kafka_event_t *reports;
    rd_kafka_resp_err_t error;   /* of the handle */
};

struct rd_kafka_s {
    rd_kafka_t *next;            /* of all handles */
    struct member *member;
    rd_kafka_type_t type;
    struct client_listener listener;
    struct event *wake;
    struct arrival *first, *last;
    int budget;                  /* messages that may still be polled in this wake-up */
    int64_t connected_us;        /* when it knows the cluster */
    bool fatal;
    struct reader readers[ALL_TOPICS][CLUSTER_PARTITIONS];
    struct lane lanes[ALL_TOPICS][CLUSTER_PARTITIONS];
};

/* For the broker. */
void kafka_on_append(int topic, int partition);
void kafka_on_broker_gone(void);
void kafka_on_broker_back(void);
/* A producer of somebody's gets a fatal error; false if nobody has one. */
bool kafka_break_producer(void);

/* Between the parts of it. */
rd_kafka_topic_t *kafka_topic(int topic);
const struct record *kafka_record_of(const rd_kafka_headers_t *headers);
void kafka_push(rd_kafka_t *handle, struct arrival *arrival);
struct arrival *kafka_pop(rd_kafka_t *handle);
void readers_init(rd_kafka_t *handle);
void readers_release(rd_kafka_t *handle);
/* Fetches soon, if there is anything to fetch. */
void reader_wake(struct reader *reader);
void lanes_init(rd_kafka_t *handle);
/* Undecided for ever: what is on its way may still arrive. */
void lanes_release(rd_kafka_t *handle);
void lanes_wake(rd_kafka_t *handle);
/* Ships soon, if there is anything to ship. */
void lane_wake(struct lane *lane);
/* Every record that is not reported comes back undecided. */
void lanes_fail(rd_kafka_t *handle);
void sendings_free(struct sendings *sendings);
void sendings_add(struct sendings *sendings, struct sending *sending);
/* The first, or NULL; the caller's. */
struct sending *sendings_take(struct sendings *sendings);
/* Reports all of them, which it takes over. */
void kafka_report(rd_kafka_t *handle, struct sendings *sendings, rd_kafka_resp_err_t error);

#endif
