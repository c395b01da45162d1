/* Waiting for a state, or for the customer to be told: for news, that is. Nobody polls. Only an order of which nothing has
 * been heard for 5 s (or for half the time that the flow gives it) is asked for, again after twice that time: so nothing is
 * lost by news that are lost, and a service that is away is not asked by everybody at once. */
#include "news.h"
#include "steps.h"

#include <event2/event.h>
#include <string.h>

enum { QUIET_US = 5000000, QUIET_AT_MOST_US = 20000000, LOOK_US = 20000 };

static int64_t
within_us(const struct play *play)
{
    return play->step->within_us > 0 ? play->step->within_us : play->run->arguments.drain_s * 1000000;
}

/* ---- asking ---- */

static void
ask_for_order(struct play *play)
{
    int size = snprintf(play->request, sizeof(play->request), "GET /orders/%s HTTP/1.1\r\nHost: %s\r\n%s\r\n",
                        play->order_id, play->run->arguments.order.of[play->shard].host,
                        play->run->arguments.authorization);

    step_ask(play, play->run->order[play->shard], size);
}

static void
ask_for_notifications(struct play *play)
{
    int size = snprintf(play->request, sizeof(play->request),
                        "GET /notifications?order_id=%s HTTP/1.1\r\nHost: %s\r\n%s\r\n", play->order_id,
                        play->run->arguments.notify.of[play->shard].host, play->run->arguments.authorization);

    step_ask(play, play->run->notify[play->shard], size);
}

static void
ask(struct play *play)
{
    play->quiet_us = play->quiet_us * 2 > QUIET_AT_MOST_US ? QUIET_AT_MOST_US : play->quiet_us * 2;
    play->run->results.asked++;
    play->asking = true;
    if (play->step->kind == STEP_WAIT)
        ask_for_order(play);
    else
        ask_for_notifications(play);
}

/* ---- waiting ---- */

static bool
is_reached(const struct play *play)
{
    bool after_last_step = play->step_number == play->flow->step_count;

    if (play->step->kind == STEP_EXPECT_NOTIFIED)
        return (play->told & play->step->statuses) != 0;
    return after_last_step ? play_is_at_end(play) : (play->status & play->step->statuses) != 0;
}

/* What the customer is told of has happened before, and may be over. */
static bool
may_be_reached(const struct play *play)
{
    return (play->step->kind == STEP_EXPECT_NOTIFIED ? !status_contradict(play->seen | play->step->statuses)
                                                     : status_may_reach(play->status, play->step->statuses));
}

static void
fail_late(struct play *play)
{
    const char *verb = play->step->kind == STEP_WAIT ? "is" : "was told";
    unsigned know = play->step->kind == STEP_WAIT ? (unsigned)play->status : play->told;
    char now[STATUS_TEXT], wanted[STATUS_TEXT];

    play_fail(play, "%s %s after %.1f s, expected %s", verb, status_names(know, now),
              (double)(run_now_us(play->run) - play->step_us) / 1e6, status_names(play->step->statuses, wanted));
}

static void
fail_for_good(struct play *play)
{
    char is[STATUS_TEXT], wanted[STATUS_TEXT];

    play_fail(play, "is %s, expected %s%s", status_names(play->status, is),
              play->step->kind == STEP_WAIT ? "" : "to be told ", status_names(play->step->statuses, wanted));
}

/* From the topic a refund is known before order-svc need know of it: soon it will. */
static void
take_hint(struct play *play)
{
    if (play->hinted || play->step->kind != STEP_WAIT || (play->told & ~play->seen) == 0
        || news_is_complete(play->run->news))
        return;
    play->hinted = true;
    play->quiet_us = LOOK_US;
}

/* Something was heard, or answered, or nothing for a while. While an answer is to come the play stays where it is. */
void
go_on_waiting(struct play *play)
{
    int64_t now = run_now_us(play->run), end_us = play->step_us + within_us(play), look_us;

    play->reached = play->reached || (now <= end_us && is_reached(play));
    take_hint(play);
    look_us = play->since_us + play->quiet_us;
    if (play->asking)
        return;
    if (play->reached)
        play_next(play);
    else if (now > end_us)
        fail_late(play);
    else if (!may_be_reached(play))
        fail_for_good(play);
    else if (now >= look_us)
        ask(play);
    else
        step_sleep(play, (look_us < end_us ? look_us : end_us) - now + 1);
}

void
begin_wait(struct play *play)
{
    int64_t half = within_us(play) / 2;

    play->reached = false;
    play->since_us = play->step_us;
    play->quiet_us = half < QUIET_US ? half : QUIET_US;
    go_on_waiting(play);
}

static void
on_asked(struct play *play)
{
    play->asking = false;
    play->since_us = run_now_us(play->run);
    go_on_waiting(play);
}

void
on_wait(struct play *play, const struct answer *answer)
{
    if (step_has_status(play, answer, 200) && play_learn(play, answer))
        on_asked(play);
}

/* The kinds of the notifications that were sent. */
void
on_notifications(struct play *play, const struct answer *answer)
{
    const char *text = answer->body, *status;
    char kind[20];

    if (!step_has_status(play, answer, 200))
        return;
    while ((text = strstr(text, "\"kind\":\"")) != NULL && (status = strstr(text, "\"status\":\"")) != NULL) {
        if (sscanf(text, "\"kind\":\"%19[a-z]", kind) == 1 && strncmp(status, "\"status\":\"SENT\"", 15) == 0)
            play->told |= status_of_kind(kind);
        text = status;
    }
    on_asked(play);
}

/* ---- asking once ---- */

void
begin_expect(struct play *play)
{
    ask_for_order(play);
}

void
on_expect(struct play *play, const struct answer *answer)
{
    char is[STATUS_TEXT], wanted[STATUS_TEXT];

    if (!step_has_status(play, answer, 200) || !play_learn(play, answer))
        return;
    if ((play->shown & play->step->statuses) == 0)
        play_fail(play, "is %s, expected %s", status_names(play->shown, is),
                  status_names(play->step->statuses, wanted));
    else
        play_next(play);
}
