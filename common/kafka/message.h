/* Records between librdkafka's types and ours. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "../base/record.h"

#include <librdkafka/rdkafka.h>

struct arena;

/* The message as a record of this topic; its bytes are the message's, its list of headers is in the arena. */
struct record message_record(const rd_kafka_message_t *message, enum topic topic, struct arena *arena);

/* The headers as librdkafka takes them. The caller's until a produce succeeds. */
rd_kafka_headers_t *message_headers(const struct record *record);

#endif
