/* What can happen to an order, a payment and a notification, one cause at a time, each given to the real tables of its service.
 * For the tables of states in EVENTS.md. */
#ifndef STATE_CAUSES_H
#define STATE_CAUSES_H

#include "actor.h"

/* One service, and the one order that it knows. */
struct bench {
    struct actor actor;
    char order_id[UUID_TEXT];
    enum envelope_type news;         /* of a notification: what the customer is to be told */
    int causes;                      /* so far: each has an id of its own */
};

/* Brings the order, the payment or the notification into this state, as it gets there in life. */
typedef void prepare(struct bench *bench, const char *state);
void prepare_order(struct bench *bench, const char *state);
void prepare_payment(struct bench *bench, const char *state);
void prepare_notification(struct bench *bench, const char *state);

/* Lets it happen, with its commit. Answers how it is taken if nothing changes: "–", "X", "409"; the texts are literals. */
typedef const char *send(struct bench *bench, const char *what);
const char *send_to_order(struct bench *bench, const char *what);
const char *send_to_payment(struct bench *bench, const char *what);
const char *send_to_notify(struct bench *bench, const char *what);

#endif
