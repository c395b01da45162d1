/* An envelope as a Kafka record: CloudEvents 1.0, Kafka protocol binding 1.0.2, binary content mode. */
#ifndef RECORD_H
#define RECORD_H

#include "../base/envelope.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

struct arena;

/* The headers of an event. The caller owns them until rd_kafka_producev succeeds. */
rd_kafka_headers_t *record_headers(const struct envelope *out);

/* ce_type, or NULL if it has none. Lives as long as the message. */
const char *record_type(const rd_kafka_message_t *message);
/* ce_id, or NULL. */
const char *record_id(const rd_kafka_message_t *message);

/* Fills all but topic, partition, offset, time and received_at. Strings live as long as the message, or in the arena.
 * NULL if it is an event as EVENTS.md describes; else what is wrong with it, a literal in snake_case. */
const char *record_read(const rd_kafka_message_t *message, struct arena *arena, struct envelope *in);

/* All headers as a JSON array of [name, value] pairs, for people; bytes that are not printable become '?'. */
const char *record_headers_json(const rd_kafka_message_t *message, struct arena *arena);

#endif
