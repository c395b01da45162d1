/* The plan of a run: how large it is, how things are set, and which faults it has. All of it comes from the seed. */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum fault {
    FAULT_KILL,
    FAULT_SEGV,
    FAULT_STOP,
    FAULT_LONG_ABSENCE,
    FAULT_OUTAGE,
    FAULT_MEMORY_LOSS,
    FAULT_LOST_ACK,
    FAULT_LATE_BATCH,
    FAULT_FATAL_PRODUCER,
    FAULT_REFUSED_RECORD,
    FAULT_REFUSED_TOPIC,
    FAULT_SLOW_PARTITION,
    FAULT_RETRY,
    FAULT_STUCK_EVENT,
    FAULT_REFUSED_EVENT,
    FAULT_GIVE_UP,
    FAULT_COMMIT,
    FAULT_DISK,
    FAULT_REQUEST,
    FAULT_REPLY,
    FAULT_TIME_JUMP,
    FAULTS
};

struct fault_kind {
    const char *name, *what;
    int often, seldom;           /* once in so many chances; of a fault that comes by the clock: times in a run */
    bool by_clock;
};
extern const struct fault_kind fault_kinds[FAULTS];

/* What is left out of a run. Whatever was not there does not happen, but is decided as if it were: up to the first
 * difference the run stays the same. */
struct limits {
    int64_t orders;              /* no more than these are placed */
    uint32_t faults;             /* no others happen */
    int64_t choices;             /* all later ones are harmless */
};
extern const struct limits no_limits;

struct plan {
    int64_t seed;
    int orders, customers, partitions;
    int64_t gap_us;              /* between orders, on average */
    int64_t tail_us;             /* faults go on for so long after them */
    int64_t pay_within_s, retention_s, max_attempts;
    bool embedded;               /* the broker keeps nothing when it stops */
    bool one_dlt_partition;
    uint32_t faults;             /* bit n: the seed has fault n */
    int rates[FAULTS];           /* 0 of one that it has not */
    struct limits limits;
};

struct plan plan_make(int64_t seed, const struct limits *limits);
/* How long orders are placed. */
int64_t plan_duration_us(const struct plan *plan);
void plan_print(const struct plan *plan, FILE *out);

/* "kill,outage" into a mask of faults; -1 for a name that is none. */
int faults_parse(const char *names, uint32_t *faults);
void faults_print(uint32_t faults, FILE *out);

#endif
