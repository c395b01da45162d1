/* Faults on purpose, for learning: what can be made to go wrong in a running service, and whether it does now. A service that
 * does not allow faults has none of this: its struct faults is NULL. FAULTS.md is for people. */
#ifndef FAULTS_H
#define FAULTS_H

#include "crash_point.h"
#include "envelope.h"

#include <stdbool.h>
#include <stdint.h>

struct faults;
struct log;
struct uuid_source;

enum fault {
    FAULT_HANDLER_RETRIES,
    FAULT_HANDLER_REFUSES,
    FAULT_HANDLER_CRASHES,
    FAULT_HANDLER_SLOW,
    FAULT_GIVE_UP_FAILS,
    FAULT_GIVE_UP_CRASHES,
    FAULT_COMMIT_FAILS,
    FAULT_BROKER_REFUSES,
    FAULT_TOPIC_REFUSES,
    FAULT_ACK_LOST,
    FAULT_EVENTS_TWICE,
    FAULT_EVENT_DELAYED,
    FAULT_CRASH,
    FAULTS
};

/* What there is to know of each, by enum fault. */
struct fault_kind {
    const char *name;       /* "handler-retries" */
    const char *does;       /* a line each, for people */
    const char *watch;
    bool by_type;           /* may be limited to one type of event */
    int64_t max_ms;         /* it needs a number of milliseconds, at most this; 0: it takes none */
};
extern const struct fault_kind fault_kinds[FAULTS];

/* One fault as it is asked for. */
struct fault_order {
    enum fault fault;
    enum envelope_type type;    /* NO_TYPE: every one */
    int percent;                /* how often it strikes where it could, 1 to 100 */
    int64_t ms;                 /* 0: not given */
    int64_t for_ms;             /* then it ends by itself; 0: it does not */
    struct crash crash;         /* of FAULT_CRASH: where and how; it strikes once */
};

/* chance decides where percent is below 100; it is copied. */
struct faults *faults_new(const struct log *log, const struct uuid_source *chance);
void faults_free(struct faults *faults);

/* -1 if there is no such fault. */
int fault_parse(const char *name, enum fault *fault);
/* NULL if the order can be carried out, else why not: a literal. */
const char *fault_order_mistake(const struct fault_order *order);
/* Orders as text: "handler-retries:type=order.created:percent=10:for=30s,handler-slow:ms=50,crash:point=commit-before:nth=7:how=kill".
 * All are set, or none: -1 with *error (the caller's). faults NULL: they are only checked. */
int faults_read(struct faults *faults, const char *text, char **error);

/* Takes the place of an earlier order for the same fault. The order has no mistake. */
void faults_set(struct faults *faults, const struct fault_order *order);
/* false if it was not set. */
bool faults_clear(struct faults *faults, enum fault fault);

/* A fault that is set: what was ordered, with for_ms what is left of it. false if it is not set. */
bool faults_get(const struct faults *faults, enum fault fault, struct fault_order *order);
/* How often it has struck since the start. */
uint64_t faults_count(const struct faults *faults, enum fault fault);
/* The milliseconds that were ordered. */
int64_t faults_ms(const struct faults *faults, enum fault fault);

/* Whether the fault strikes now, at an event of this type; NO_TYPE where no one event is concerned. */
bool faults_decide(struct faults *faults, enum fault fault, enum envelope_type type);
static inline bool
faults_hit(struct faults *faults, enum fault fault, enum envelope_type type)
{
    return faults != NULL && faults_decide(faults, fault, type);
}

/* A crash point is passed: the process ends here if FAULT_CRASH says so. true: an I/O error is to happen, errno says which. */
bool faults_pass(struct faults *faults, enum crash_point point);
static inline bool
crash_point(struct faults *faults, enum crash_point point)
{
    return faults != NULL && faults_pass(faults, point);
}

#endif
