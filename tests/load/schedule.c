#include "schedule.h"

#include "play.h"
#include "segment.h"

#include <event2/event.h>

/* Beyond it orders that are due wait to be sent; the time they wait counts. */
static const uint64_t MOST_IN_FLIGHT = 20000;

static void
start_one(struct schedule *schedule, int64_t due_us)
{
    struct run *run = schedule->run;

    schedule->in_flight++;
    schedule->started++;
    play_start(run, mix_choose(run->mix, run_pick(run, (struct range){ 0, run->mix->weights - 1 })), due_us);
}

static void
wake_at(struct schedule *schedule, int64_t at_us, int64_t now_us)
{
    int64_t wait = at_us > now_us ? at_us - now_us : 0;
    struct timeval delay = { .tv_sec = wait / 1000000, .tv_usec = wait % 1000000 };

    event_add(schedule->timer, &delay);
}

/* ---- each kind of segment: starts what is due; true when it is over, else it wakes up again ---- */

static bool
play_open(struct schedule *schedule, int64_t now_us)
{
    const struct segment *segment = schedule->segment;
    uint64_t due = segment_due(segment, now_us - schedule->begin_us), next;

    while ((next = schedule->started - schedule->before) < due && schedule->in_flight < MOST_IN_FLIGHT)
        start_one(schedule, schedule->begin_us + segment_due_us(segment, next));
    schedule->run->results.due = schedule->before + due;
    if (next < due)
        return false;               /* it wakes up when one has ended */
    if (now_us - schedule->begin_us >= segment->length_us)
        return true;
    wake_at(schedule, schedule->begin_us + (next < segment_orders(segment) ? segment_due_us(segment, next)
                                                                           : segment->length_us), now_us);
    return false;
}

static bool
play_closed(struct schedule *schedule, int64_t now_us)
{
    const struct segment *segment = schedule->segment;
    int64_t elapsed = now_us - schedule->begin_us;

    if (elapsed >= segment->length_us)
        return true;
    while (schedule->in_flight < (uint64_t)segment->clients && schedule->started - schedule->before < segment->orders)
        start_one(schedule, now_us);
    schedule->run->results.due = schedule->started;
    if (schedule->started - schedule->before == segment->orders)
        return true;
    if (segment->length_us < INT64_MAX)
        wake_at(schedule, schedule->begin_us + segment->length_us, now_us);
    return false;
}

static bool
play_drain(struct schedule *schedule, int64_t now_us)
{
    (void)now_us;
    return schedule->in_flight == 0;
}

static bool (*const players[])(struct schedule *schedule, int64_t now_us) = {
    [SEGMENT_OPEN] = play_open, [SEGMENT_CLOSED] = play_closed, [SEGMENT_DRAIN] = play_drain,
};

/* ---- from segment to segment ---- */

/* After an open one the next begins on time, even if we are late: what is due then, is due then. */
static void
next_segment(struct schedule *schedule, int64_t now_us)
{
    if (schedule->segment->kind == SEGMENT_OPEN)
        schedule->begin_us += schedule->segment->length_us;
    else
        schedule->begin_us = now_us;
    schedule->before = schedule->started;
    schedule->segment++;
}

static void
end(struct schedule *schedule)
{
    void (*on_end)(void *context) = schedule->on_end;

    schedule->run->results.due = schedule->started;
    event_del(schedule->timer);
    if (schedule->in_flight > 0 || on_end == NULL)
        return;
    schedule->on_end = NULL;
    on_end(schedule->context);
}

static void
go_on(struct schedule *schedule)
{
    int64_t now = run_now_us(schedule->run);

    if (schedule->stopped)
        schedule->segment = schedule->end;
    while (schedule->segment < schedule->end) {
        if (!players[schedule->segment->kind](schedule, now))
            return;
        next_segment(schedule, now);
    }
    end(schedule);
}

static void
on_timer(evutil_socket_t fd, short what, void *schedule)
{
    (void)fd, (void)what;
    go_on(schedule);
}

static void
on_play_end(void *context)
{
    struct schedule *schedule = context;

    schedule->in_flight--;
    go_on(schedule);
}

void
schedule_begin(struct schedule *schedule, struct run *run, const struct segment *segments, int count,
               void (*on_end)(void *context), void *context)
{
    *schedule = (struct schedule){ .run = run, .segment = segments, .end = segments + count, .on_end = on_end,
                                   .context = context };
    schedule->timer = event_new(run->base, -1, 0, on_timer, schedule);
    schedule->begin_us = run_now_us(run);
    run->on_play_end = on_play_end;
    run->on_play_end_context = schedule;
    go_on(schedule);
}

void
schedule_stop(struct schedule *schedule)
{
    schedule->stopped = true;
    go_on(schedule);
}

void
schedule_release(struct schedule *schedule)
{
    if (schedule->timer != NULL)
        event_free(schedule->timer);
}
