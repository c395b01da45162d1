/* One run from its beginning to its end: prepare, play, wait for the last notification, tell. */
#ifndef LOAD_H
#define LOAD_H

#include "knee_run.h"
#include "run.h"
#include "schedule.h"

struct preparation;

struct load {
    struct run run;
    struct schedule schedule;
    struct knee_run knee;               /* with --find-knee */
    struct preparation *preparation;
    struct event *second, *begin, *drain, *interrupt, *terminate;
    int64_t ready_until_us, drain_until_us;
    bool running, ended;
};

/* run.arguments, run.mix and run.history must be filled in, all else 0; releases what it made, and the mix.
 * Answers the exit code. json may be NULL. */
int load_run(struct load *load, FILE *json);

#endif
