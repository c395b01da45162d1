/* Which broker is it? Before anything is read or said, and again after no broker could be reached, a fresh handle asks
 * for the cluster's identity and looks at the topics: a handle that reconnects would go on at old offsets in a log that
 * is another one, and lose what came before them without a word. */
#ifndef BROKER_H
#define BROKER_H

#include "../base/envelope.h"

#include <stdbool.h>
#include <stdint.h>

struct broker;
struct client_options;
struct event_base;

struct broker_listener {
    /* The identity of a cluster that has all topics with the right number of partitions. Answers NULL if it is ours and
     * work has begun, else why not: it is asked again soon. The name lives during the call. */
    const char *(*on_known)(void *context, const char *identity);
    void *context;
};

/* topics: names on the broker; the embedded broker's identity is its cluster id and the name of its boot topic. */
struct broker *broker_new(struct event_base *base, const struct client_options *options,
                          const char *const topics[ALL_TOPICS], int partitions, struct broker_listener listener);
void broker_free(struct broker *broker);

/* Starts to ask, unless it does already. */
void broker_ask(struct broker *broker);
/* It is known and ours, and has not been lost since. */
bool broker_is_known(const struct broker *broker);
/* Why it is not known yet; NULL if it is. */
const char *broker_trouble(const struct broker *broker);

/* Where reading of a partition may start: the first offset that it has, or the next one to be written. */
struct broker_start {
    enum topic topic;
    int partition;
    bool at_end;
    int64_t offset;
};
/* Fills in the offsets; while on_known runs. Blocks for a round trip. -1 if not all partitions have answered. */
int broker_starts(struct broker *broker, struct broker_start *starts, int count);

/* An identity of the embedded broker: it keeps nothing when it stops. */
bool broker_identity_is_embedded(const char *identity);

#endif
