/* Reads all that a broker's topics hold: from the beginning of each partition to its end as it is when reading starts. Joins
 * no group and leaves nothing behind at the broker. */
#ifndef AUDIT_TOPICS_H
#define AUDIT_TOPICS_H

#include "../../common/base/record.h"

struct topics_options {
    const char *brokers;        /* host:port with commas between */
    const char *properties;     /* path of a file as KAFKA_PROPERTIES, "" for none */
    const char *prefix;         /* before every topic's name */
};

/* Who is told, in this order; one call at a time. Not 0: it can take no more, reading ends. */
struct topics_listener {
    void (*on_broker)(void *context, const char *identity);     /* as common/kafka/broker.c puts it together */
    void (*on_log)(void *context, enum topic topic, int partition, int64_t low, int64_t high);
    int (*on_record)(void *context, const struct record *record);
    void *context;
};

/* Takes as long as it takes, but no half minute without a record. -1 with *error (the caller's). */
int topics_read(const struct topics_options *options, const struct topics_listener *listener, char **error);

#endif
