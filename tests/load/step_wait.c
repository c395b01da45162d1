#include "steps.h"

enum { WAIT_S = 5, FIRST_POLL_US = 5000, LAST_POLL_US = 200000, HELD_US = 500000 };

/* The service holds the answer back while the order is CREATED; after that we look again now and then. */
void
look_at_order(struct play *play)
{
    bool held = play->step->kind == STEP_WAIT && play->status == CREATED;
    char prefer[30] = "";
    int size;

    if (held)
        snprintf(prefer, sizeof(prefer), "Prefer: wait=%d\r\n", WAIT_S);
    size = snprintf(play->request, sizeof(play->request), "GET /orders/%s HTTP/1.1\r\nHost: %s\r\n%s%s\r\n",
                    play->order_id, play->run->arguments.order.of[play->shard].host,
                    play->run->arguments.authorization, prefer);
    play->asked_us = run_now_us(play->run);
    step_ask(play, play->run->order[play->shard], size, held ? WAIT_S * 1000000 : 0);
}

void
begin_look(struct play *play)
{
    play->poll_us = FIRST_POLL_US;
    look_at_order(play);
}

/* At once if the answer was held back; otherwise the service has too many who wait. */
static void
look_again(struct play *play)
{
    if (play->status == CREATED && run_now_us(play->run) - play->asked_us > HELD_US) {
        look_at_order(play);
        return;
    }
    step_sleep(play, play->poll_us);
    play->poll_us = play->poll_us * 2 > LAST_POLL_US ? LAST_POLL_US : play->poll_us * 2;
}

static bool
is_reached(const struct play *play)
{
    bool after_last_step = play->step_number == play->flow->step_count;

    return after_last_step ? play_is_at_end(play) : (play->status & play->step->statuses) != 0;
}

void
on_wait(struct play *play, const struct answer *answer)
{
    int64_t within = play->step->within_us > 0 ? play->step->within_us : play->run->arguments.drain_s * 1000000;
    char is[STATUS_TEXT], wanted[STATUS_TEXT];
    int64_t now = run_now_us(play->run);

    if (!step_has_status(play, answer, 200) || !play_learn(play, answer))
        return;
    if (play->timed && play->status != CREATED) {
        results_measure(&play->run->results, TO_SETTLED, now - play->due_us);
        play->timed = false;
    }
    status_names(play->status, is);
    status_names(play->step->statuses, wanted);
    if (is_reached(play) && now - play->step_us <= within)
        play_next(play);
    else if (now - play->step_us > within)
        play_fail(play, "is %s after %.1f s, expected %s", is, (double)(now - play->step_us) / 1e6, wanted);
    else if (!status_may_reach(play->status, play->step->statuses))
        play_fail(play, "is %s, expected %s", is, wanted);
    else
        look_again(play);
}

void
on_expect(struct play *play, const struct answer *answer)
{
    char is[STATUS_TEXT], wanted[STATUS_TEXT];

    if (!step_has_status(play, answer, 200) || !play_learn(play, answer))
        return;
    if ((play->status & play->step->statuses) == 0)
        play_fail(play, "is %s, expected %s", status_names(play->status, is),
                  status_names(play->step->statuses, wanted));
    else
        play_next(play);
}
