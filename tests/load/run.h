/* What the parts of one run share. */
#ifndef RUN_H
#define RUN_H

#include "../../common/base/clock.h"
#include "../../common/base/uuid.h"
#include "attempt.h"
#include "arguments.h"
#include "mix.h"
#include "results.h"

#include <stdio.h>

struct event_base;
struct news;
struct play;

struct run {
    struct arguments arguments;
    struct clock clock;
    struct uuid_source random;
    struct event_base *base;
    struct mix *mix;
    struct pool *order[SHARDS_AT_MOST], *payment[SHARDS_AT_MOST], *notify[SHARDS_AT_MOST];
    struct patience patience;
    struct news *news;
    struct results results;
    FILE *history;                      /* NULL: none is kept */
    char id[24];                        /* in every Idempotency-Key, so that no two runs share one */
    uint64_t last_key;                  /* and so is this number, which no two orders share */
    struct play *plays, *spare_plays;   /* play.c's: all, and those that wait to be used again */
    void (*on_play_end)(void *context);
    void *on_play_end_context;
};

/* arguments and mix must be filled in before; the mix is freed with the rest. */
void run_init(struct run *run);
void run_release(struct run *run);

/* The shard that has the customer. */
int run_shard(const struct run *run, const char *customer);

int64_t run_now_us(const struct run *run);
/* A number from low to high. */
int64_t run_pick(struct run *run, struct range range);

#endif
