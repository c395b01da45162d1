/* Flows: what one customer does, step by step, as a person writes it down.
 *
 *     # Half of what happens in a shop.
 *     flow late-regret 5
 *         customer funded
 *         order 1..3 book at 500..2500, 1 pen at 90
 *         wait until PAID within 10s
 *         pause 200ms
 *         cancel
 *         wait until REFUNDED
 *
 * A line is one step; `#` begins a comment. Each flow places exactly one order; the table `language` of
 * flow.c has all steps. */
#ifndef FLOW_H
#define FLOW_H

#include <stdint.h>
#include <stdio.h>

enum { FLOW_NAME = 40, FLOW_SKU = 32, FLOW_STEPS = 32, FLOW_ITEMS = 20, FLOWS = 50 };

enum customer_kind {
    CUSTOMER_FUNDED,        /* one of --customers, with more money than a run spends */
    CUSTOMER_POOR,          /* has an account with nothing in it */
    CUSTOMER_UNKNOWN        /* has no account */
};

/* From low to high, both included; equal if it is one number. */
struct range {
    int64_t low, high;
};

struct item {
    char sku[FLOW_SKU];
    struct range quantity, price;       /* price in minor units */
};

enum step_kind { STEP_DEPOSIT, STEP_ORDER, STEP_REPEAT, STEP_WAIT, STEP_EXPECT, STEP_EXPECT_NOTIFIED,
                 STEP_CANCEL, STEP_PAUSE };

struct step {
    enum step_kind kind;
    int line;                           /* in the file */
    unsigned statuses;                  /* of wait and expect: a set of enum status */
    int64_t within_us;                  /* of wait; 0: as long as a run waits for anything */
    struct range range;                 /* µs of pause; minor units of deposit */
};

struct flow {
    char name[FLOW_NAME];
    int line;
    int64_t weight;                     /* its share, relative to the other flows */
    enum customer_kind customer;
    int step_count, item_count;
    struct step steps[FLOW_STEPS];
    struct item items[FLOW_ITEMS];      /* of its order */
};

struct flows {
    int count;
    int64_t weights;                    /* the sum */
    struct flow flows[FLOWS];
};

/* Reads a whole file; name is what mistakes call it. NULL with *error (the caller's), "NAME:LINE: what was expected and
 * what was found". */
struct flows *flows_read(FILE *file, const char *name, char **error);
void flows_free(struct flows *flows);

/* The flow at this point of the weights, 0 to weights - 1. */
const struct flow *flows_choose(const struct flows *flows, int64_t point);

#endif
