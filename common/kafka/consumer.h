/* The consumer: reads each partition from the position that the database has, one record at a time, and offers again
 * what a turn could not keep. */
#ifndef CONSUMER_H
#define CONSUMER_H

#include "../base/outcome.h"
#include "../base/record.h"
#include "../base/shard.h"

#include <stdbool.h>

struct client_options;
struct clock;
struct consumer;
struct event_base;
struct faults;
struct positions;

struct consumer_listener {
    /* The record lives during the call. */
    struct taken (*on_record)(void *context, const struct record *record);
    /* After each record, when the consumer holds nothing half done: the turn may be committed here. */
    void (*on_record_done)(void *context);
    /* The end of a partition was seen that consumer_want_end asked for at asked_ms. */
    void (*on_end)(void *context, enum topic topic, int partition, int64_t asked_ms);
    /* No broker can be reached. consumer_unassign is up to the listener. */
    void (*on_down)(void *context);
    void *context;
};

struct consumer_options {
    const char *group;                  /* Kafka's name for us: offsets are committed under it, for lag tools */
    const char *topics[ALL_TOPICS];     /* names on the broker; NULL: not heard */
    struct shard shard;                 /* whose partitions are ours; of dead-letter topics all are read */
    struct faults *faults;              /* NULL unless they are allowed */
};

struct consumer_stats {
    uint64_t records, skipped_again, held, stopped;
};

struct consumer *consumer_new(struct event_base *base, const struct clock *clock, struct positions *positions,
                              const struct client_options *client, const struct consumer_options *options,
                              struct consumer_listener listener);
void consumer_free(struct consumer *consumer);

/* Starts to read all our partitions at their positions. The embedded broker sleeps on an empty fetch, so it is asked
 * more often. -1 if no client could be made (logged). */
int consumer_assign(struct consumer *consumer, bool embedded);
/* Reads nothing any more and forgets what it holds back; what the open turn has taken stays in it. */
void consumer_unassign(struct consumer *consumer);

/* Group commit, after the positions. */
void consumer_after_commit(void *consumer, bool committed);
/* While the database takes no writes: what comes is kept, its partition pauses, and no end is reported. Then what is kept and
 * due is offered at once. */
void consumer_rest(struct consumer *consumer);
void consumer_go_on(struct consumer *consumer);
/* Commits to Kafka what is durable here; called about once a second. */
void consumer_tick(struct consumer *consumer);

/* Calls on_end when the end of the partition is seen from now on (now_ms). Nothing happens while the partition is paused,
 * stopped or not assigned. */
void consumer_want_end(struct consumer *consumer, enum topic topic, int partition, int64_t now_ms);

/* An operator's word on one of our partitions; -1 if it is not ours. Halted, nothing is read of it, over outages too, until
 * it is resumed or the process ends; resuming reads on at its position, whatever was wrong with the log there. */
int consumer_halt(struct consumer *consumer, enum topic topic, int partition, const char *why);
int consumer_resume(struct consumer *consumer, enum topic topic, int partition);

/* The first offset that one of our partitions has on the broker, and the next one to be written. Blocks for a round trip.
 * -1 if the broker does not answer, or is not known. */
int consumer_offsets(struct consumer *consumer, enum topic topic, int partition, int64_t *first, int64_t *next);

/* Our partitions, from 0; false past the last one. lag: records not yet passed, -1 if it is not known. */
struct partition_state {
    enum topic topic;
    int partition;
    int64_t lag;
    bool held;                          /* a record waits to be offered again … */
    int64_t again_ms;                   /* … in this time */
    const char *refused;                /* why the broker gives us nothing of it; NULL if it does */
    bool seems_short;                   /* its log seems to end before our position: waited for */
    const char *stopped;                /* why nothing is read from it; NULL if it is read … */
    bool halted;                        /* … by a word, not by the log: a word lets it go on */
};
bool consumer_partition(const struct consumer *consumer, int index, struct partition_state *state);
const struct consumer_stats *consumer_stats(const struct consumer *consumer);

#endif
