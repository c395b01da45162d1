/* Reads one topic from its end as it is at the start. */
#ifndef TOPIC_READER_H
#define TOPIC_READER_H

#include <librdkafka/rdkafka.h>

struct clock;
struct event_base;
struct topic_reader;

/* Finds the end of every partition, which takes its time; on_record is called from the loop. Texts and clock must
 * outlive it. NULL with *error (the caller's). */
struct topic_reader *topic_reader_new(struct event_base *base, const struct clock *clock, const char *brokers,
                                      const char *topic,
                                      void (*on_record)(void *context, const rd_kafka_message_t *message),
                                      void *context, char **error);
/* NULL does nothing. */
void topic_reader_free(struct topic_reader *reader);

#endif
