/* The inside of the feeder: shared by feeder.c and feeder_take.c only. */
#ifndef FEEDER_PRIVATE_H
#define FEEDER_PRIVATE_H

#include "feeder.h"

#include <stdint.h>

struct event;
struct feed;

enum { READERS = 100 };

struct reader {
    struct exchange *exchange;
    int64_t asked;                   /* the id it named; -1: what comes from now on */
    int64_t after;                   /* the last row that it was sent; -1: not known before the turn is over */
    bool live;                       /* it has had all there was */
};

struct feeder {
    struct core *core;
    const struct feed *feed;         /* NULL: this service has none */
    const struct clock *clock;
    struct event *turn;
    struct reader readers[READERS];
    int count, next;                 /* next: who comes first in the next turn */
    int64_t last;                    /* row that is durable; meaningful while there are readers */
    int64_t comment_us, comment_due_us;
    bool stopped;
    uint64_t sent, cut;
};

/* Looks for what has become durable: who came during the turn begins here, and who is behind gets a page soon. */
void feeder_look(struct feeder *feeder);

#endif
