/* Events of a running service: what the broker and its partitions bring. Callbacks of broker.h, relay.h, consumer.h;
 * the context is struct node. */
#ifndef NODE_EVENTS_H
#define NODE_EVENTS_H

#include "kafka/consumer.h"

struct node;

struct taken node_on_record(void *node, const struct record *record);
bool node_on_refused(void *node, int64_t seq, const char *why);
void node_on_end(void *node, enum topic topic, int partition, int64_t asked_ms);
const char *node_on_known(void *node, const char *identity);
void node_on_down(void *node);

/* Before anything is read: counts a crash against the event that is to blame for it. */
void node_blame(struct node *node);

/* Inside a turn, for a broker that has nothing of ours: it will be read from its beginning, and told everything that the
 * outbox keeps. relay_rewind has to follow the commit. */
void node_begin_again(struct node *node);

/* Asks for the end of each partition for which a timer's work is due. */
void node_look_for_due_timers(struct node *node);

#endif
