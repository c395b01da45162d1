/* One customer playing one flow: where it is, what it has been told. play.c takes it from step to step, steps.h
 * does each of them. */
#ifndef PLAY_H
#define PLAY_H

#include "attempt.h"
#include "customer.h"
#include "run.h"
#include "status.h"

enum { ORDER_ID = 37, KEY = 64 };

struct play {
    struct run *run;
    struct play *next, *next_spare;
    const struct flow *flow;            /* NULL: spare */
    const struct step *step;
    int step_number;
    int shard;                          /* that has the customer */
    struct attempt attempt;
    struct event *timer;                /* of a pause, or until a wait looks for itself */
    int64_t due_us;                     /* when its order should have been sent: times count from here */
    int64_t step_us;                    /* when the step began */
    int64_t since_us, quiet_us;         /* of a wait: when it last heard of the order; how long it bears silence */
    bool asking, reached;               /* of a wait: an answer is to come; what it waits for has been seen */
    bool hinted;                        /* the news say less than can be asked for by now */
    bool timed;                         /* it has not touched the order: the time to settled means something */
    bool refused;                       /* the order request was answered by a 4xx, or it never left */
    bool closed;                        /* seen: nothing more will happen to the order */
    unsigned seen;                      /* all states its order has been seen in, by news or by answers */
    unsigned told;                      /* states the customer was told of */
    enum status status;                 /* the latest of those seen */
    enum status before, shown;          /* what it was when something was last asked; what the answer showed */
    char order_id[ORDER_ID], key[KEY], customer[CUSTOMER_NAME];
    char *order_request;                /* kept to be sent again, byte by byte */
    size_t order_size, order_room;
    char request[1100];                 /* any other */
};

/* Plays the flow, now; its order was due at due_us. run->on_play_end is called when it has ended. */
void play_start(struct run *run, const struct flow *flow, int64_t due_us);
/* Writes the history of those that have not ended, and frees all. */
void plays_free(struct run *run);

/* ---- for the steps ---- */

/* The step is done. */
void play_next(struct play *play);
/* News of its order: a set of states it was in, and of states the customer was told of. */
void play_hear(struct play *play, unsigned seen, unsigned told, bool closed);
/* Something contradicts the contract or the flow. The play ends here. */
void play_fail(struct play *play, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The order, of which the answer must be, is in the state it says (play->shown). false: play_fail was called. */
bool play_learn(struct play *play, const struct answer *answer);
bool play_is_at_end(const struct play *play);

#endif
