/* When the next order is due: segment by segment (segment.h). Of an open segment each order is due at its own time,
 * whatever has become of those before it; what it takes counts from there, so that a slow service cannot hide behind
 * customers who wait for it. */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct run;
struct segment;

struct schedule {
    struct run *run;
    const struct segment *segment, *end;    /* the one that is played; behind the last one */
    struct event *timer;
    uint64_t started, in_flight;        /* orders of the whole run */
    uint64_t before;                    /* started before this segment */
    int64_t begin_us;                   /* when this segment began, or should have */
    bool stopped;
    void (*on_end)(void *context);      /* no order is to come, and none is in flight */
    void *context;
};

/* Begins. The segments must outlive it. on_end is called once. */
void schedule_begin(struct schedule *schedule, struct run *run, const struct segment *segments, int count,
                    void (*on_end)(void *context), void *context);
/* No more orders. */
void schedule_stop(struct schedule *schedule);
void schedule_release(struct schedule *schedule);

#endif
