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
    struct event *timer;                /* of a pause, or until the order is looked at again */
    int64_t due_us;                     /* when its order should have been sent: times count from here */
    int64_t step_us, asked_us;          /* when the step began; when it last asked for the state */
    int64_t poll_us;                    /* until it asks again */
    bool timed;                         /* nothing but waiting since the order: the time to settled means something */
    bool answered, refused;             /* the order request: a definite answer came; it was a 4xx, or it never left */
    bool closed;                        /* seen: nothing more will happen to the order */
    bool failed;
    enum status status;                 /* last seen */
    unsigned seen;                      /* all states seen */
    char order_id[ORDER_ID], key[KEY], customer[CUSTOMER_NAME];
    char *order_request;                /* kept to be sent again, byte by byte */
    size_t order_size, order_room;
    char request[1100];                 /* any other */
};

/* Plays the flow, now; its order was due at due_us. run->on_play_end is called when it has ended. */
void play_start(struct run *run, const struct flow *flow, uint64_t number, int64_t due_us);
/* Writes the history of those that have not ended, and frees all. */
void plays_free(struct run *run);

/* ---- for the steps ---- */

/* The step is done. */
void play_next(struct play *play);
/* Something contradicts the contract or the flow. The play ends here. */
void play_fail(struct play *play, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The order, of which the answer must be, is in the state it says. false: play_fail was called. */
bool play_learn(struct play *play, const struct answer *answer);
bool play_is_at_end(const struct play *play);

#endif
