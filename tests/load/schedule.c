#include "schedule.h"

#include "play.h"

#include <event2/event.h>

/* Beyond it orders that are due wait to be sent; the time they wait counts. */
static const uint64_t MOST_IN_FLIGHT = 20000;

static int64_t
due_us(const struct schedule *schedule, uint64_t number)
{
    return schedule->begin_us + (int64_t)((double)number * 1e6 / (double)schedule->run->arguments.rate);
}

/* Orders that are due until now, of all that are to be. */
static uint64_t
count_due(const struct schedule *schedule, int64_t now_us)
{
    const struct arguments *arguments = &schedule->run->arguments;
    int64_t end_us = schedule->begin_us + arguments->seconds * 1000000;

    if (arguments->rate == 0)
        return schedule->started + (schedule->in_flight < (uint64_t)arguments->clients);
    if (arguments->seconds > 0 && now_us >= end_us)
        now_us = end_us - 1;
    return (uint64_t)((double)(now_us - schedule->begin_us) * (double)arguments->rate / 1e6) + 1;
}

static bool
is_over(const struct schedule *schedule, int64_t now_us)
{
    const struct arguments *arguments = &schedule->run->arguments;
    bool time_is_up = arguments->seconds > 0 && now_us >= schedule->begin_us + arguments->seconds * 1000000;

    if (schedule->stopped || (arguments->orders > 0 && schedule->started >= (uint64_t)arguments->orders))
        return true;
    return time_is_up && (arguments->rate == 0 || schedule->started >= count_due(schedule, now_us));
}

static void
wake_at(struct schedule *schedule, int64_t at_us, int64_t now_us)
{
    int64_t wait = at_us > now_us ? at_us - now_us : 0;
    struct timeval delay = { .tv_sec = wait / 1000000, .tv_usec = wait % 1000000 };

    event_add(schedule->timer, &delay);
}

static void
start_one(struct schedule *schedule, int64_t now_us)
{
    struct run *run = schedule->run;
    int64_t due = run->arguments.rate > 0 ? due_us(schedule, schedule->started) : now_us;
    struct range all = { 0, run->flows->weights - 1 };

    schedule->in_flight++;
    schedule->started++;
    play_start(run, flows_choose(run->flows, run_pick(run, all)), due);
}

/* Starts what is due. */
static void
go_on(struct schedule *schedule)
{
    struct run *run = schedule->run;
    int64_t now = run_now_us(run);

    while (!is_over(schedule, now) && schedule->started < count_due(schedule, now)
           && schedule->in_flight < MOST_IN_FLIGHT)
        start_one(schedule, now);
    if (!is_over(schedule, now)) {
        uint64_t due = run->arguments.rate > 0 ? count_due(schedule, now) : schedule->started;

        if (run->arguments.orders > 0 && due > (uint64_t)run->arguments.orders)
            due = (uint64_t)run->arguments.orders;
        run->results.due = due;
        if (run->arguments.rate > 0 && schedule->in_flight < MOST_IN_FLIGHT)
            wake_at(schedule, due_us(schedule, schedule->started), now);
        else if (run->arguments.seconds > 0)
            wake_at(schedule, schedule->begin_us + run->arguments.seconds * 1000000, now);
        return;
    }
    run->results.due = schedule->started;
    event_del(schedule->timer);
    if (schedule->in_flight == 0 && schedule->on_end != NULL) {
        void (*on_end)(void *context) = schedule->on_end;

        schedule->on_end = NULL;
        on_end(schedule->context);
    }
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
schedule_begin(struct schedule *schedule, struct run *run, void (*on_end)(void *context), void *context)
{
    *schedule = (struct schedule){ .run = run, .on_end = on_end, .context = context };
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
