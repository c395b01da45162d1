/* Events of a running service: what the broker and its partitions bring. Callbacks of broker.h, relay.h, consumer.h;
 * the context is struct node. */
#ifndef NODE_EVENTS_H
#define NODE_EVENTS_H

#include "kafka/consumer.h"

struct node;

enum taken node_on_record(void *node, const rd_kafka_message_t *message, enum topic topic);
void node_on_end(void *node, enum topic topic, int partition, int64_t asked_ms);
const char *node_on_known(void *node, const char *identity);
void node_on_down(void *node);

/* Asks for the end of each partition for which a timer's work is due. */
void node_look_for_due_timers(struct node *node);

#endif
