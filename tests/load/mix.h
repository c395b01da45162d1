/* What a run plays: flows with their weights, and a schedule. A mix file says so in lines:
 *
 *     80 happy                        # of a hundred customers; happy.flow is beside this file
 *     20 cancel-race
 *     ramp 0..500/s over 10s
 *     hold 500/s for 60s
 *
 * A file whose first line is none of these is a flow (flow.h): a mix of that one, without a schedule. */
#ifndef MIX_H
#define MIX_H

#include "flow.h"
#include "segment.h"

enum { MIX_SHARES = 50, MIX_SEGMENTS = 100 };

struct arguments;

/* Its flow's part of all plays, relative to the other shares. */
struct share {
    int64_t weight;
    int line;
    struct flow *flow;
};

struct mix {
    int count, segment_count;
    int64_t weights;                    /* the sum */
    struct share shares[MIX_SHARES];
    struct segment segments[MIX_SEGMENTS];      /* played one after the other */
};

/* Reads the file and the flows it names. NULL with *error (the caller's): "FILE:LINE: what was expected and what was
 * found", or that a file cannot be read. */
struct mix *mix_read(const char *path, char **error);
void mix_free(struct mix *mix);

/* Gives it the schedule that --rate, --clients, --seconds and --orders ask for, if there is one of them or the file has
 * none; else its own takes an N-th of its time with --shorten N, at the same rates and with an N-th of the orders. */
void mix_schedule(struct mix *mix, const struct arguments *arguments);

/* The flow at this point of the weights, 0 to weights - 1. */
const struct flow *mix_choose(const struct mix *mix, int64_t point);
/* The highest rate of its schedule; the most clients. 0: it is not open, or not closed, at any time. */
int64_t mix_rate(const struct mix *mix);
int64_t mix_clients(const struct mix *mix);

#endif
