/* What a play does at each step, and what it makes of the answer. */
#ifndef STEPS_H
#define STEPS_H

#include "play.h"

/* ---- for play.c ---- */

void step_begin(struct play *play);
void step_on_answer(void *play, const struct answer *answer);
void step_on_timer(struct play *play);
void step_on_news(struct play *play);

/* ---- for each other ---- */

/* Sends play->request, size bytes of it. */
void step_ask(struct play *play, struct pool *pool, int size);
void step_sleep(struct play *play, int64_t us);
/* false: the answer is another one, or none; play_fail was called. */
bool step_has_status(struct play *play, const struct answer *answer, int status);

/* step_order.c */
void begin_order(struct play *play);
void on_order(struct play *play, const struct answer *answer);
void begin_repeat(struct play *play);
void on_repeat(struct play *play, const struct answer *answer);

/* step_wait.c */
void begin_wait(struct play *play);
void go_on_waiting(struct play *play);
void on_wait(struct play *play, const struct answer *answer);
void on_notifications(struct play *play, const struct answer *answer);
void begin_expect(struct play *play);
void on_expect(struct play *play, const struct answer *answer);

#endif
