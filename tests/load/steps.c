#include "steps.h"

#include <event2/event.h>

/* ---- for all steps ---- */

void
step_ask(struct play *play, struct pool *pool, int size)
{
    play->before = play->status;
    attempt_start(&play->attempt, pool, play->request, (size_t)size);
}

void
step_sleep(struct play *play, int64_t us)
{
    struct timeval delay = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 };

    event_add(play->timer, &delay);
}

bool
step_has_status(struct play *play, const struct answer *answer, int status)
{
    if (answer->status == status)
        return true;
    if (answer->status == 0 || answer->status == 503)
        play_fail(play, "gave up after %lld s: %s", (long long)play->run->arguments.give_up_s, attempt_problem(answer));
    else
        play_fail(play, "expected %d, was answered %d: %.200s", status, answer->status, answer->body);
    return false;
}

/* ---- cancel, deposit, pause ---- */

static void
ask_to_cancel(struct play *play)
{
    play->timed = false;
    step_ask(play, play->run->order[play->shard],
        snprintf(play->request, sizeof(play->request),
                 "POST /orders/%s/cancellation HTTP/1.1\r\nHost: %s\r\n%sContent-Length: 0\r\n\r\n", play->order_id,
                 play->run->arguments.order.of[play->shard].host, play->run->arguments.authorization));
}

static void
begin_cancel(struct play *play)
{
    int64_t after = run_pick(play->run, play->step->range);

    if (after > 0)
        step_sleep(play, after);
    else
        ask_to_cancel(play);
}

/* 409 says that it was rejected; whether that is right, the steps to come find out. */
static void
on_cancel(struct play *play, const struct answer *answer)
{
    char is[STATUS_TEXT];

    if (answer->status == 409) {
        if (!status_may_follow(play->status, REJECTED))
            play_fail(play, "cannot be cancelled though it was %s: %.200s", status_names(play->status, is),
                      answer->body);
        else
            play_next(play);
        return;
    }
    if (!step_has_status(play, answer, 200) || !play_learn(play, answer))
        return;
    if ((play->shown & (CANCELLED | REFUNDED)) == 0)
        play_fail(play, "is %s after its cancellation", status_names(play->shown, is));
    else
        play_next(play);
}

static void
begin_deposit(struct play *play)
{
    char body[80];
    int size = snprintf(body, sizeof(body), "{\"amount\":%lld,\"currency\":\"EUR\"}",
                        (long long)run_pick(play->run, play->step->range));

    step_ask(play, play->run->payment[play->shard],
        snprintf(play->request, sizeof(play->request),
                 "POST /accounts/%s/deposits HTTP/1.1\r\nHost: %s\r\n%sContent-Type: application/json\r\n"
                 "Idempotency-Key: %s-%d\r\nContent-Length: %d\r\n\r\n%s",
                 play->customer, play->run->arguments.payment.of[play->shard].host, play->run->arguments.authorization,
                 play->key, play->step_number, size, body));
}

static void
on_deposit(struct play *play, const struct answer *answer)
{
    if (step_has_status(play, answer, 201))
        play_next(play);
}

static void
begin_pause(struct play *play)
{
    step_sleep(play, run_pick(play->run, play->step->range));
}

/* ---- all of them ---- */

static const struct {
    void (*begin)(struct play *play);
    void (*on_answer)(struct play *play, const struct answer *answer);
    void (*on_timer)(struct play *play);
    void (*on_news)(struct play *play);
} acts[] = {
    [STEP_DEPOSIT] = { begin_deposit, on_deposit, NULL, NULL },
    [STEP_ORDER] = { begin_order, on_order, NULL, NULL },
    [STEP_REPEAT] = { begin_repeat, on_repeat, NULL, NULL },
    [STEP_WAIT] = { begin_wait, on_wait, go_on_waiting, go_on_waiting },
    [STEP_EXPECT] = { begin_expect, on_expect, NULL, NULL },
    [STEP_EXPECT_NOTIFIED] = { begin_wait, on_notifications, go_on_waiting, go_on_waiting },
    [STEP_CANCEL] = { begin_cancel, on_cancel, ask_to_cancel, NULL },
    [STEP_PAUSE] = { begin_pause, NULL, play_next, NULL },
};

void
step_begin(struct play *play)
{
    acts[play->step->kind].begin(play);
}

void
step_on_answer(void *play_, const struct answer *answer)
{
    struct play *play = play_;

    acts[play->step->kind].on_answer(play, answer);
}

void
step_on_timer(struct play *play)
{
    acts[play->step->kind].on_timer(play);
}

void
step_on_news(struct play *play)
{
    if (acts[play->step->kind].on_news != NULL)
        acts[play->step->kind].on_news(play);
}
