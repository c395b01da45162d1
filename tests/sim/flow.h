/* An order from its customer's side: placed, perhaps cancelled, looked at. */
#ifndef FLOW_H
#define FLOW_H

#include "agenda.h"
#include "customers.h"

struct shopper;

/* What a customer wants of an order. */
enum wish { BUY, CANCEL, WITHOUT_KEY, TWICE_AT_ONCE, NONSENSE, OTHER_BODY, WISHES };

struct flow {
    struct task task;
    struct told_order told;
    int number;
    int under_way, refused;          /* requests of this try: without an answer, refused */
    const struct shopper *shopper;
    enum wish wish;
    char key[40];
    const char *body;
    int looks;                       /* still to be taken */
    int64_t wait_us;                 /* before the next try */
    bool done;                       /* the customer knows all he wants to know */
};

/* The first step is on the agenda, unless the plan has no more than `number` orders placed. */
void flow_start(struct flow *flow, int number, const struct shopper *shopper);

#endif
