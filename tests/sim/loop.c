#include "loop.h"

#include "sim.h"

#include <event2/event.h>
#include <stdlib.h>

enum { TICKS_A_KILL = 20 };

struct event {
    struct task task;
    struct event_base *base;
    struct event *next;          /* of the base */
    evutil_socket_t fd;          /* or signal */
    short what;
    event_callback_fn callback;
    void *context;
    int64_t interval_us;         /* of one that persists */
    bool active;
};

struct event_base {
    struct event *events;
    bool broken;
};

/* ---- bases ---- */

struct event_config {
    int none;
};

struct event_config *
event_config_new(void)
{
    return memory_new(1, sizeof(struct event_config));
}

int
event_config_set_flag(struct event_config *config, int flag)
{
    (void)config, (void)flag;
    return 0;
}

void
event_config_free(struct event_config *config)
{
    free(config);
}

struct event_base *
event_base_new_with_config(const struct event_config *config)
{
    (void)config;
    return memory_new(1, sizeof(struct event_base));
}

/* Whatever is due runs in any order: that covers every order that priorities allow. */
int
event_base_priority_init(struct event_base *base, int priorities)
{
    (void)base, (void)priorities;
    return 0;
}

int
event_priority_set(struct event *event, int priority)
{
    (void)event, (void)priority;
    return 0;
}

/* The agenda is the loop: run.c walks it. */
int
event_base_dispatch(struct event_base *base)
{
    (void)base;
    return 0;
}

int
event_base_loopbreak(struct event_base *base)
{
    base->broken = true;
    return 0;
}

bool
loop_is_broken(const struct event_base *base)
{
    return base->broken;
}

void
event_base_free(struct event_base *base)
{
    free(base);
}

/* ---- events ---- */

/* A timer that is late runs once, and next an interval from now, as libevent has it. */
static void
on_due(void *context)
{
    struct event *event = context;
    struct member *member = member_on(event->base);
    int64_t next = event->task.at_us + event->interval_us;
    bool tick;

    if (member->stalled_until_us > sim_now_us()) {
        agenda_put(&sim.agenda, &event->task, member->stalled_until_us);
        return;
    }
    tick = event->task.idle;
    event->active = false;
    event->task.idle = true;
    if (event->what & EV_PERSIST && event->interval_us > 0)
        agenda_put(&sim.agenda, &event->task, next > sim_now_us() ? next : sim_now_us() + event->interval_us);
    if (!tick || chance_one_in(&sim.chance, TICKS_A_KILL))      /* most of them find nothing to do */
        member_crash_point(member, "between two wake-ups");
    if (!member->dead)
        event->callback(event->fd, EV_TIMEOUT, event->context);
}

struct event *
event_new(struct event_base *base, evutil_socket_t fd, short what, event_callback_fn callback, void *context)
{
    struct event *event = memory_new(1, sizeof(*event));

    *event = (struct event){
        .task = { .run = on_due, .context = event },
        .base = base,
        .next = base->events,
        .fd = fd,
        .what = what,
        .callback = callback,
        .context = context,
    };
    base->events = event;
    return event;
}

int
event_del(struct event *event)
{
    event->active = false;
    agenda_remove(&sim.agenda, &event->task);
    return 0;
}

void
event_free(struct event *event)
{
    struct event **link = &event->base->events;

    event_del(event);
    while (*link != event)
        link = &(*link)->next;
    *link = event->next;
    free(event);
}

/* An event without a time-out waits for its descriptor or signal, which event_active stands for here. */
int
event_add(struct event *event, const struct timeval *delay)
{
    int64_t wait_us;

    if (delay == NULL)
        return 0;
    wait_us = (int64_t)delay->tv_sec * 1000000 + delay->tv_usec;
    event->interval_us = event->what & EV_PERSIST ? wait_us : 0;
    if (event->active)
        return 0;
    event->task.idle = event->interval_us > 0;
    agenda_put(&sim.agenda, &event->task, sim_now_us() + wait_us);
    return 0;
}

void
event_active(struct event *event, int what, short calls)
{
    (void)what, (void)calls;
    event->active = true;
    event->task.idle = false;
    agenda_put(&sim.agenda, &event->task, sim_now_us());
}

int
event_pending(const struct event *event, short what, struct timeval *at)
{
    (void)at;
    return event->task.place != 0 ? what : 0;
}

void
loop_signal(struct event_base *base, int signal)
{
    for (struct event *event = base->events; event != NULL; event = event->next)
        if (event->what & EV_SIGNAL && event->fd == signal)
            event_active(event, EV_SIGNAL, 1);
}
