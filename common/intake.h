/* Intake: what becomes of a record that was read. Skips what concerns others, runs the reaction, counts failed attempts,
 * gives up. Knows no broker, so that a simulation brings records just as the consumer does. */
#ifndef INTAKE_H
#define INTAKE_H

#include "base/outcome.h"
#include "base/record.h"
#include "service.h"
#include "set_aside.h"

struct intake;
struct running;

enum { RESULTS = 6 };          /* of enum handled */

struct intake_stats {
    uint64_t handled[ENVELOPE_TYPES][RESULTS];      /* by type and enum handled */
    uint64_t unknown_type, malformed;
    uint64_t dead_letters, compensations_failed;
};

/* how and running must outlive it. running may be NULL: then no crash is blamed on an event. */
struct intake *intake_new(struct core *core, const struct settings *settings, const struct clock *clock,
                          const struct set_aside *how, struct running *running);
void intake_free(struct intake *intake);

/* One record, into the open turn. */
struct taken intake_record(struct intake *intake, const struct record *record);

/* An operator resumes the partition: what made it halt is counted anew. */
void intake_resume(struct intake *intake, enum topic topic, int partition);
const struct intake_stats *intake_stats(const struct intake *intake);

#endif
