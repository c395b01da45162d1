/* The customers: open accounts, pay in, order, cancel, look; ask again with the same key until they know. What they were
 * told is kept. */
#ifndef CUSTOMERS_H
#define CUSTOMERS_H

#include "../../order-svc/order.h"

#include <stdbool.h>
#include <stdint.h>

/* One order, as its customer saw it. */
struct told_order {
    const char *outcome;             /* "acknowledged", "refused", "unknown" */
    const char *key;                 /* NULL: sent without one */
    char order_id[UUID_TEXT];        /* "" if none was told */
    unsigned statuses;               /* bit n: was told that it is in enum order_status n */
    bool cancelled;                  /* was told that it is */
    const char *complaint;           /* an answer that nobody should get; NULL: there was none */
};

struct told_account {
    char name[24];
    int64_t deposited;               /* was told that so much is */
};

/* Their first steps are on the agenda. */
void customers_start(void);
/* Everybody knows all he wants to know. */
bool customers_are_done(void);

/* From 0; NULL after the last. */
const struct told_order *customers_order(int index);
const struct told_account *customers_account(int index);

void customers_release(void);

#endif
