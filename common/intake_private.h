/* The inside of struct intake: intake.c takes records and runs reactions, intake_failed.c does what follows when that fails. */
#ifndef INTAKE_PRIVATE_H
#define INTAKE_PRIVATE_H

#include "intake.h"

#include "base/memory.h"
#include "store/attempt.h"

enum { CRASHES = 3 };        /* an event that kills the process this often is given up */

struct intake {
    struct core *core;
    const struct settings *settings;
    const struct clock *clock;
    const struct set_aside *how;
    struct running *running;
    char *fallback;          /* path of the file for dead letters that the database refuses */
    struct arena arena;      /* of the event that is handled */
    int64_t failing;         /* rows in attempt: nearly always none */
    int *unknown;            /* by topic and partition: unknown orders in a row */
    struct intake_stats stats;
};

/* What is known of one record while it is handled. */
struct case_of {
    const struct record *record;
    const struct reaction *reaction;
    struct envelope in;
    struct attempt attempt;
};

/* Unknown orders in a row on this partition. */
int *intake_unknown(struct intake *intake, enum topic topic, int partition);

/* The handler answered RETRY or REFUSED. */
struct taken intake_retried(struct intake *intake, struct case_of *it, const char *code);
struct taken intake_refused(struct intake *intake, struct case_of *it, const char *code);
/* reason: snake_case; message: the same for people. */
struct taken intake_give_up(struct intake *intake, struct case_of *it, const char *reason, const char *message);
/* The end of all ways that set a record aside; result is what set_aside_record answered. */
struct taken intake_aside(struct intake *intake, const struct record *record, const char *reason, struct result result);

#endif
