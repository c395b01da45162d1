/* When the next order is due: at a constant rate, or as soon as one of the customers has nothing to do. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct run;

struct schedule {
    struct run *run;
    struct event *timer;
    uint64_t started, in_flight;
    int64_t begin_us;
    bool stopped;
    void (*on_end)(void *context);      /* no order is to come, and none is in flight */
    void *context;
};

/* Begins. on_end is called once. */
void schedule_begin(struct schedule *schedule, struct run *run, void (*on_end)(void *context), void *context);
/* No more orders. */
void schedule_stop(struct schedule *schedule);
void schedule_release(struct schedule *schedule);

#endif
