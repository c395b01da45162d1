/* One run from its beginning to its end: prepare, play, wait for the last notification, tell. */
#ifndef LOAD_H
#define LOAD_H

#include "journal.h"
#include "knee_run.h"
#include "run.h"
#include "schedule.h"

struct preparation;

struct load {
    struct run run;
    struct schedule schedule;
    struct journal journal;
    struct knee_run knee;               /* with --find-knee */
    struct preparation *preparation;
    struct event *second, *begin, *drain, *interrupt, *terminate;
    int64_t ready_until_us, drain_until_us;
    bool running, ending, ended;        /* ending: only the last second is still told of */
};

/* run.arguments, run.mix, run.history and journal must be filled in, all else 0; releases what it made, and the mix.
 * Answers the exit code. */
int load_run(struct load *load);

#endif
