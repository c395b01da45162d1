/* What happened to one order, put together from what the three databases and the topics keep of it. */
#ifndef TIMELINE_H
#define TIMELINE_H

#include <stdio.h>

struct audit;

/* Of a longer one, so many lines around the one that is marked, or its end. */
enum { TIMELINE_LINES = 20 };

/* A line for each thing that happened, in the order of time: time, service, what, where its record stands, because of what.
 * The line called mark gets a ">"; NULL marks none. Lines are called by what they come from:
 *
 *   step:SEQ   order_history          CHARGE, REFUND   ledger          EVENT_ID                        an outbox
 *   closed     orders.closed_at       told:KIND        notification    record:TOPIC/PARTITION/OFFSET   a record of nobody
 *   payment    payment
 */
void timeline_print(struct audit *audit, const char *order_id, const char *mark, FILE *out);

#endif
