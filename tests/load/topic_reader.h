/* Reads one topic from its end as it is at the start. */
#ifndef TOPIC_READER_H
#define TOPIC_READER_H

#include <librdkafka/rdkafka.h>

struct clock;
struct event_base;
struct topic_reader;

/* Looks for the end of every partition, which holds up the loop for seconds if the broker is away, and again from the
 * loop until all are found; on_record is called from the loop. Texts and clock must outlive it. */
struct topic_reader *topic_reader_new(struct event_base *base, const struct clock *clock, const char *brokers,
                                      const char *topic,
                                      void (*on_record)(void *context, const rd_kafka_message_t *message),
                                      void *context);
/* NULL does nothing. */
void topic_reader_free(struct topic_reader *reader);
/* Why the ends are not found yet, gone with the next try; NULL when they are. */
const char *topic_reader_problem(const struct topic_reader *reader);

#endif
