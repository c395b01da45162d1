/* What has been heard about each order: how a driver knows of ends without asking for them. One of two sources tells: the
 * notifications topic (--notified), or the streams of events of order-svc, one for each shard. A play hears of its own
 * order, play_hear, as soon as the news come. Nothing is lost by lost news: whoever waits asks for what it has long heard
 * nothing of (step_wait.c). */
#ifndef NEWS_H
#define NEWS_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct news;
struct play;
struct run;

/* Begins to listen; run must be complete but for this. */
struct news *news_new(struct run *run);
/* NULL does nothing. */
void news_free(struct news *news);

/* From now on nothing that happens is missed. */
bool news_is_ready(const struct news *news);
/* Why it is not, for people; gone with the next turn of the loop. */
const char *news_problem(const struct news *news);
/* It tells of every state an order reaches. The topic does not tell of the end of a cancelled order: that the money is
 * back is read from payment-svc, before or after order-svc knew, and of an order that was never paid nothing is read. */
bool news_is_complete(const struct news *news);

/* The play's order is ours; it hears at once of what has come already. */
void news_follow(struct news *news, struct play *play);
/* The play ends: of these states (a set) the order's customer has to be told; of one that decides, if the set is empty. */
void news_leave(struct news *news, const struct play *play, unsigned states);

/* Orders whose customers have not been told of everything. */
size_t news_pending(const struct news *news);
/* Each of them is a failure now. */
void news_give_up(struct news *news);

/* ---- for the sources ---- */

struct news_item {
    const char *order_id;
    enum status status;             /* it is in this state, or was */
    enum status told, untold;       /* its customer was told of this; telling it was given up; mostly NOT_ORDERED */
    bool closed;                    /* nothing more will happen to it */
    bool in_order;                  /* this source tells states in the order in which they were reached */
};

void news_hear(struct news *news, const struct news_item *item);

#endif
