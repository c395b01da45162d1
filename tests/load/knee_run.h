/* Plays the probes of a search for the knee, one after the other: orders due at one rate for a time, then quiet. */
#ifndef KNEE_RUN_H
#define KNEE_RUN_H

#include "knee.h"
#include "latency.h"
#include "segment.h"

struct event;
struct run;
struct schedule;

struct knee_run {
    struct knee knee;
    struct run *run;
    struct schedule *schedule;
    struct event *sample, *quiet;
    struct probe probe;                 /* the one that is played */
    struct segment segment;             /* its schedule */
    int64_t begin_us, quiet_until_us;
    uint64_t done_before;
    struct latency notified_before;
    int samples;
    int64_t backlog[KNEE_SAMPLES];      /* orders due but not ended, at even times */
    bool stopped;
    void (*on_end)(void *context);
    void *context;
};

/* Begins: --knee-from and --probe of the run's arguments say where and how long. Prints a line for each probe. on_end is
 * called once, when all is quiet. */
void knee_run_begin(struct knee_run *search, struct run *run, struct schedule *schedule, void (*on_end)(void *context),
                    void *context);
/* No more probes. */
void knee_run_stop(struct knee_run *search);
/* Also of one that was never begun, filled with zeros. */
void knee_run_release(struct knee_run *search);

#endif
