#include "play.h"

#include "../../common/base/memory.h"
#include "news.h"
#include "steps.h"

#include <event2/event.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is known of the order ---- */

bool
play_is_at_end(const struct play *play)
{
    return (play->status & (PAID | REJECTED | REFUNDED)) != 0 || (play->status == CANCELLED && play->closed);
}

static void
report(const struct play *play, const char *text)
{
    results_failure(&play->run->results, "%s:%d: flow %s, order %s, key %s, customer %s: %s", play->flow->path,
                    play->step->line, play->flow->name, play->order_id[0] != '\0' ? play->order_id : "-", play->key,
                    play->customer, text);
}

/* News may be older than an answer, and an answer older than news: what counts is all states it was seen in. */
static void
see(struct play *play, unsigned states)
{
    unsigned before = play->seen;
    char was[STATUS_TEXT], is[STATUS_TEXT], text[200];

    if ((states & ~before) == 0)
        return;
    play->seen |= states;
    play->status = status_latest(play->seen);
    if (status_contradict(play->seen) && !status_contradict(before)) {
        snprintf(text, sizeof(text), "was seen %s, and now %s", status_names(before, was), status_names(states, is));
        report(play, text);
    }
    if (play->timed && play->status > CREATED) {
        results_measure(&play->run->results, TO_SETTLED, run_now_us(play->run) - play->due_us);
        play->timed = false;
    }
}

void
play_hear(struct play *play, unsigned seen, unsigned told, bool closed)
{
    play->since_us = run_now_us(play->run);
    play->told |= told;
    play->closed = play->closed || closed;
    see(play, seen);
    step_on_news(play);
}

bool
play_learn(struct play *play, const struct answer *answer)
{
    char order_id[ORDER_ID], name[20], before[STATUS_TEXT], now[STATUS_TEXT], closed_at[40];

    play->shown = NOT_ORDERED;
    if (answer_text(answer, "status", name, sizeof(name)))
        play->shown = status_parse(name, strlen(name));
    if (play->shown == NOT_ORDERED || !answer_text(answer, "order_id", order_id, sizeof(order_id))) {
        play_fail(play, "answer %d without order_id or status: %.200s", answer->status, answer->body);
        return false;
    }
    if (strcmp(order_id, play->order_id) != 0) {
        play_fail(play, "answer %d is about order %s", answer->status, order_id);
        return false;
    }
    if (play->before != NOT_ORDERED && !status_may_follow(play->before, play->shown)) {
        play_fail(play, "went from %s to %s", status_names(play->before, before), status_names(play->shown, now));
        return false;
    }
    if (play->shown == CANCELLED && answer_text(answer, "closed_at", closed_at, sizeof(closed_at)))
        play->closed = true;
    see(play, play->shown);
    return true;
}

/* Each state it was seen in is told to the customer; so is the cancellation that a refund answers. */
static unsigned
notifications_due(const struct play *play)
{
    unsigned due = play->seen & ~(unsigned)CREATED;

    return (due & REFUNDED) != 0 ? due | CANCELLED : due;
}

/* ---- the end ---- */

/* What `audit --history` reads: outcome, order, key, flow. */
static void
write_history(const struct play *play)
{
    const char *outcome = play->order_id[0] != '\0' ? "acknowledged" : play->refused ? "refused" : "unknown";

    if (play->run->history != NULL && play->order_size > 0)
        fprintf(play->run->history, "%s %s %s %s\n", outcome, play->order_id[0] != '\0' ? play->order_id : "-",
                play->key, play->flow->name);
}

static void
end(struct play *play)
{
    struct run *run = play->run;

    if (play->order_id[0] != '\0' && play_is_at_end(play)) {
        run->results.ended++;
        run->results.at_end[play->status]++;
        run->results.last_ended_us = run_now_us(run);
    }
    if (play->order_id[0] != '\0')
        news_leave(run->news, play, notifications_due(play));
    run->results.done++;
    write_history(play);
    play->flow = NULL;
    play->next_spare = run->spare_plays;
    run->spare_plays = play;
    run->on_play_end(run->on_play_end_context);
}

void
play_fail(struct play *play, const char *format, ...)
{
    char text[500];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report(play, text);
    event_del(play->timer);
    end(play);
}

/* ---- from step to step ---- */

/* What follows the last step of every flow: no play ends before its order has. */
static const struct step to_the_end = { .kind = STEP_WAIT, .statuses = PAID | REJECTED | CANCELLED | REFUNDED };

void
play_next(struct play *play)
{
    const struct flow *flow = play->flow;

    event_del(play->timer);
    play->step_number++;
    if (play->step_number < flow->step_count) {
        play->step = &flow->steps[play->step_number];
    } else if (!play_is_at_end(play)) {
        play->step = &to_the_end;
    } else {
        end(play);
        return;
    }
    play->step_us = run_now_us(play->run);
    step_begin(play);
}

static void
on_timer(evutil_socket_t fd, short what, void *play)
{
    (void)fd, (void)what;
    step_on_timer(play);
}

static struct play *
take_spare(struct run *run)
{
    struct play *play = run->spare_plays;

    if (play != NULL) {
        run->spare_plays = play->next_spare;
        return play;
    }
    play = memory_new(1, sizeof(*play));
    play->run = run;
    attempt_init(&play->attempt, &run->patience, step_on_answer, play);
    play->timer = event_new(run->base, -1, 0, on_timer, play);
    play->next = run->plays;
    run->plays = play;
    return play;
}

static void
choose_customer(struct play *play)
{
    enum customer_kind kind = play->flow->customer;
    struct run *run = play->run;
    struct range all = { 1, customer_count(&run->arguments, kind) };

    customer_name(&run->arguments, kind, run_pick(run, all), play->customer);
    play->shard = run_shard(run, play->customer);
}

void
play_start(struct run *run, const struct flow *flow, int64_t due_us)
{
    struct play *play = take_spare(run);

    play->flow = flow;
    play->step_number = -1;
    play->due_us = due_us;
    play->asking = play->hinted = play->timed = play->refused = play->closed = false;
    play->status = play->before = NOT_ORDERED;
    play->seen = play->told = 0;
    play->order_id[0] = '\0';
    play->order_size = 0;
    snprintf(play->key, sizeof(play->key), "load-%s-%llu", run->id, (unsigned long long)++run->last_key);
    choose_customer(play);
    play_next(play);
}

void
plays_free(struct run *run)
{
    while (run->plays != NULL) {
        struct play *play = run->plays;

        run->plays = play->next;
        if (play->flow != NULL)
            write_history(play);
        attempt_release(&play->attempt);
        event_free(play->timer);
        free(play->order_request);
        free(play);
    }
}
