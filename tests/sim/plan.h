/* The plan of a run: how large it is, how things are set, and which faults it has. All of it comes from the seed. */
#ifndef PLAN_H
#define PLAN_H

#include "../../common/base/shard.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum mishap {
    MISHAP_KILL,
    MISHAP_SEGV,
    MISHAP_STOP,
    MISHAP_STALL,
    MISHAP_LONG_ABSENCE,
    MISHAP_OUTAGE,
    MISHAP_MEMORY_LOSS,
    MISHAP_LOST_ACK,
    MISHAP_LATE_BATCH,
    MISHAP_FATAL_PRODUCER,
    MISHAP_REFUSED_RECORD,
    MISHAP_REFUSED_TOPIC,
    MISHAP_SLOW_PARTITION,
    MISHAP_RETRY,
    MISHAP_STUCK_EVENT,
    MISHAP_REFUSED_EVENT,
    MISHAP_GIVE_UP,
    MISHAP_COMMIT,
    MISHAP_DISK,
    MISHAP_REQUEST,
    MISHAP_REPLY,
    MISHAP_TIME_JUMP,
    MISHAP_WEBHOOK,
    MISHAP_WEBHOOK_ANSWER,
    MISHAP_WEBHOOK_REFUSED,
    MISHAP_OPERATOR,
    MISHAPS
};

struct mishap_kind {
    const char *name, *what;
    int often, seldom;           /* once in so many chances; of a fault that comes by the clock: times in a run */
    bool by_clock;
};
extern const struct mishap_kind mishap_kinds[MISHAPS];

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
    struct shard shard;          /* that the three services are, of as many; the others have nothing to do */
    int64_t gap_us;              /* between orders, on average */
    int64_t tail_us;             /* faults go on for so long after them */
    int64_t pay_within_s, retention_s, max_attempts;
    bool embedded;               /* the broker keeps nothing when it stops */
    bool one_dlt_partition;
    bool webhook;                /* customers are told by posts */
    uint32_t faults;             /* bit n: the seed has fault n */
    int rates[MISHAPS];           /* 0 of one that it has not */
    struct limits limits;
};

struct plan plan_make(int64_t seed, const struct limits *limits);
/* How long orders are placed. */
int64_t plan_duration_us(const struct plan *plan);
void plan_print(const struct plan *plan, FILE *out);

/* "kill,outage" into a mask of faults; -1 for a name that is none. */
int mishaps_parse(const char *names, uint32_t *faults);
void mishaps_print(uint32_t faults, FILE *out);

#endif
