/* A flow: what one customer does, step by step, as a person writes it down.
 *
 *     # Half of what happens in a shop.
 *     customer funded
 *     order 1..3 book at 500..2500, 1 pen at 90
 *     wait until PAID within 10s
 *     cancel after 200ms
 *     wait until REFUNDED
 *
 * A line is one step; `#` begins a comment. Each flow places exactly one order; the table `language` of flow.c has all
 * steps, README.md explains them. */
#ifndef FLOW_H
#define FLOW_H

#include <stdint.h>

enum { FLOW_NAME = 40, FLOW_PATH = 512, FLOW_SKU = 32, FLOW_STEPS = 32, FLOW_GROUPS = 20, FLOW_ITEMS = 100 };

enum customer_kind {
    CUSTOMER_FUNDED,        /* one of --customers, with more money than a run spends */
    CUSTOMER_POOR,          /* has an account with nothing in it */
    CUSTOMER_UNKNOWN,       /* has no account */
    CUSTOMER_HOT,           /* one single customer, with money, for all who play */
    CUSTOMER_KINDS
};

/* From low to high, both included; equal if it is one number. */
struct range {
    int64_t low, high;
};

/* Items of one sku: so many of them, each with a quantity and a price of its own. */
struct item_group {
    char sku[FLOW_SKU];
    struct range times, quantity, price;        /* price in minor units */
};

enum step_kind {
    STEP_DEPOSIT, STEP_ORDER, STEP_REPEAT, STEP_WAIT, STEP_EXPECT, STEP_EXPECT_NOTIFIED, STEP_CANCEL, STEP_PAUSE
};

struct step {
    enum step_kind kind;
    int line;                           /* in the file */
    unsigned statuses;                  /* a set of enum status: one of them is waited for or expected, or told of */
    int64_t within_us;                  /* of wait and expect notified; 0: as long as a run waits for anything */
    struct range range;                 /* µs of pause and before cancel; minor units of deposit */
};

struct flow {
    char name[FLOW_NAME];               /* the file's, without .flow */
    char path[FLOW_PATH];
    enum customer_kind customer;
    int step_count, group_count;
    int64_t most_items;                 /* its order may have; at most FLOW_ITEMS */
    struct step steps[FLOW_STEPS];
    struct item_group groups[FLOW_GROUPS];      /* of its order */
};

struct words;

/* All 0 but for its names. */
void flow_init(struct flow *flow, const char *path);
/* Reads the words of one line, at least one. -1 with a mistake (words.h). */
int flow_read_line(struct flow *flow, struct words *words);
/* After the last line: -1 with a mistake if something is missing. */
int flow_read_end(const struct flow *flow, struct words *words);

#endif
