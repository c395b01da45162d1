/* Which customers have been told of which states of their orders: a table by order id. Sets are of enum status. */
#ifndef TOLD_H
#define TOLD_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct told_order {
    uint64_t high, low;             /* the id; both 0: an empty place */
    int64_t due_us, heard_us;       /* when the order was due; when the first deciding notification was read */
    unsigned char heard, wanted;    /* states told of; states that have to be */
    bool accepted, finished;        /* it is one of ours; wanted is complete */
};

struct told {
    struct told_order *orders;
    size_t room, used;              /* room is a power of two */
    size_t pending;                 /* accepted ones that wait for something */
};

void told_init(struct told *told);
void told_release(struct told *told);

/* The order's place, new if need be; NULL if the text is no id. Gone with the next told_ call. */
struct told_order *told_get(struct told *told, const char *order_id);
/* Removes it if nothing more is wanted of it. */
void told_check(struct told *told, struct told_order *order);
/* Removes what was heard before this time and never was ours: other clients' orders. */
void told_forget(struct told *told, int64_t before_us);

#endif
