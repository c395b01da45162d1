/* What a service's database says of its one order, payment or notification, and how that differs from what it said before. */
#ifndef STATE_LOOK_H
#define STATE_LOOK_H

#include "actor.h"

/* Texts live in the actor's arena; "" for what is not there. */
struct look {
    const char *status, *reason;
    int64_t closed, notices, history;    /* of an order: how many there are */
    int64_t tries;                       /* of a notification */
    int64_t said;                        /* rows in the outbox */
    int64_t odd;                         /* accounts whose balance is not the sum of the ledger */
};

struct look look_at(struct actor *actor);
/* In words, "PAID, says order.paid"; "" if there is none. In the actor's arena. */
const char *look_difference(struct actor *actor, const struct look *before, const struct look *after);

#endif
