/* Between the two files of topics.h: finding out what there is, and reading it. */
#ifndef TOPICS_PRIVATE_H
#define TOPICS_PRIVATE_H

#include "topics.h"

#include "../../common/base/memory.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* One partition: read up to high. */
struct part {
    enum topic topic;
    int number;
    int64_t low, high;
    bool done;
};

struct reader {
    const struct topics_options *options;
    const struct topics_listener *listener;
    rd_kafka_t *handle;
    char names[ALL_TOPICS][256];
    struct part *parts;         /* those of one topic side by side, in order */
    int count, left;            /* left: not done */
    int first[ALL_TOPICS], of_topic[ALL_TOPICS];
    struct arena arena;
    char trouble[200];          /* the last error that may pass by itself */
    char **error;
};

/* A client, its partitions and their offsets; the listener is told of broker and logs. -1 with *reader->error. */
int topics_find(struct reader *reader);
/* The list of all parts, each at its beginning, or of those that hold something; the caller's. */
rd_kafka_topic_partition_list_t *topics_list(const struct reader *reader, bool filled);

#endif
