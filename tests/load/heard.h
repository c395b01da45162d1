/* What has been heard about orders, ours and those of others: a table by order id. Sets are of enum status. */
#ifndef HEARD_H
#define HEARD_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct play;

struct heard_order {
    uint64_t high, low;             /* the id; both 0: an empty place */
    int64_t due_us;                 /* when it was due; of one that is not ours, when it was first heard of */
    int64_t told_us;                /* when the first deciding notification was heard of */
    struct play *play;              /* that waits for it; NULL: none does, or no more */
    unsigned char seen;             /* states it was in */
    unsigned char told, untold;     /* states its customer was told of; of which telling was given up */
    unsigned char wanted;           /* states it has to be told of, once finished */
    bool closed;                    /* nothing more will happen to it */
    bool accepted, finished;        /* it is one of ours; wanted is complete */
};

struct heard {
    struct heard_order *orders;
    size_t room, used;              /* room is a power of two */
    size_t pending;                 /* accepted ones that wait for something */
};

void heard_init(struct heard *heard);
void heard_release(struct heard *heard);

/* The order's place, new if need be; NULL if the text is no id. Gone with the next heard_ call. */
struct heard_order *heard_get(struct heard *heard, const char *order_id);
/* Removes it if nothing more is wanted of it. */
void heard_check(struct heard *heard, struct heard_order *order);
/* Removes what was first heard of before this time and never was ours: other clients' orders. */
void heard_forget(struct heard *heard, int64_t before_us);

#endif
