/* The simulated world of one run: three real services, a clock, a broker, customers, an operator. */
#ifndef SIM_H
#define SIM_H

#include "../../common/base/clock.h"
#include "../../common/base/memory.h"
#include "agenda.h"
#include "chance.h"
#include "member.h"
#include "mutants.h"
#include "plan.h"
#include "tally.h"

#include <setjmp.h>
#include <stdio.h>

/* There is one in a process: what stands in for libevent and librdkafka is called without a word about which. */
struct sim {
    struct plan plan;
    enum mutant mutant;
    struct chance chance;
    struct clock clock;          /* everybody's */
    struct agenda agenda;
    struct arena arena;          /* for what lives as long as the run */
    struct member members[MEMBERS];
    bool healed;                 /* from now on nothing fails any more */
    jmp_buf escape;              /* out of a step whose service has ended itself, marked as dead */
    struct tally tally;
    FILE *trace;                 /* NULL: nobody reads it */
    FILE *out;                   /* where violations are written */
    char wrong[UUID_TEXT];       /* the first order that something is wrong with; "" */
};
extern struct sim sim;

#define SIM_BEGINNING_MS INT64_C(1767225600000)      /* 2026-01-01 */

int64_t sim_now_us(void);
/* A time from now, anywhere between the two. */
int64_t sim_soon(int64_t low_us, int64_t high_us);
/* How long something takes to get from one process to another. */
int64_t sim_latency_us(void);

/* Whether the fault happens here and now; counted. */
bool sim_strikes(enum mishap mishap);
/* Whether this event is one that the fault concerns, whenever it comes; not counted. salt keeps listeners apart. */
bool sim_is_cursed(enum mishap mishap, const char *event_id, int salt);
void sim_count(enum mishap mishap);

/* A promise was broken. order_id is NULL if it concerns no order. */
void sim_complain(const char *order_id, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line of the trace: when, who, what. */
void sim_trace(const char *who, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
