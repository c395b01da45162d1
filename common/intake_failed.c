/* When handling fails: again later, and in the end giving up. */
#include "intake_private.h"

#include "base/log.h"
#include "base/uuid.h"
#include "running.h"
#include "store/db.h"

#include <stdio.h>
#include <string.h>

enum {
    GIVE_UPS = 3,            /* a compensation that fails this often is left to people */
    CRASHES_AGAIN = 6,       /* crashes: when giving it up kills the process, too, it is only set aside */
    UNKNOWN_IN_A_ROW = 10    /* orders that nobody here knows: rather the wrong database than the wrong events */
};

static const char unknown_order[] = "unknown_order";

/* ---- again ---- */

static void
write_try(struct db *db, const void *what)
{
    const struct case_of *it = what;

    attempt_add_try(db, &it->in, it->attempt.reason);
}

static void
write_give_up(struct db *db, const void *what)
{
    const struct case_of *it = what;

    attempt_add_give_up(db, &it->in, it->attempt.reason);
}

/* Doubled with each failure, and up to a quarter less, so that what failed together is not tried together. */
static int
back_off_ms(const struct intake *intake, const struct reaction *reaction, int failures)
{
    int64_t limit = intake->settings->retry_backoff_max_ms;
    int64_t wait = reaction->backoff_interval_ms > 0 ? reaction->backoff_interval_ms
                                                     : intake->settings->retry_backoff_interval_ms;

    for (int i = 1; i < failures && wait < limit; i++)
        wait *= 2;
    if (wait > limit)
        wait = limit;
    return (int)(wait - (int64_t)(uuid_source_next(db_context(intake->core->db)->ids) % (uint64_t)(wait / 4 + 1)));
}

/* Notes the failure with the turn. If the turn is lost, so is the note: an outage is no attempt. */
static struct taken
again_later(struct intake *intake, struct case_of *it, void (*write)(struct db *, const void *), const char *reason,
            int failures)
{
    struct result result;
    int again_ms = back_off_ms(intake, it->reaction, failures);

    snprintf(it->attempt.reason, sizeof(it->attempt.reason), "%s", reason);
    result = core_write(intake->core, (struct also){ write, it });
    db_point(intake->core->db, POINT_ATTEMPT_NOTED);
    intake->failing++;
    log_warn(intake->core->log, "event will be tried again", TEXT("type", envelope_type_name(it->in.type)),
             TEXT("event_id", it->in.id), TEXT("reason", reason), INT("failures", failures), INT("again_ms", again_ms));
    return (struct taken){ .how = TAKEN_LATER, .again_ms = result.how == LOST ? 0 : again_ms };
}

/* ---- giving up ---- */

static void
log_set_aside(const struct intake *intake, const struct record *record, const char *reason)
{
    log_warn(intake->core->log, "record set aside", TEXT("reason", reason), TEXT("topic", topic_name(record->topic)),
             INT("partition", record->partition), INT("offset", record->offset), TEXT("event_id", record_id(record)),
             TEXT("type", record_type(record)));
}

/* A record is passed only when its dead letter is written; in a lost turn it is offered again anyway. */
struct taken
intake_aside(struct intake *intake, const struct record *record, const char *reason, struct result result)
{
    if (result.how == UNDONE_RETRY || result.how == UNDONE_REFUSED) {
        log_error(intake->core->log, "the database refuses a dead letter: its record is tried again",
                  TEXT("reason", reason), TEXT("topic", topic_name(record->topic)), INT("partition", record->partition),
                  INT("offset", record->offset));
        return (struct taken){ .how = TAKEN_LATER };
    }
    if (result.how != LOST) {
        log_set_aside(intake, record, reason);
        intake->stats.dead_letters++;
    }
    return (struct taken){ .how = TAKEN };
}

/* Its compensation cannot be done: people have to. */
static struct taken
give_up_for_people(struct intake *intake, struct case_of *it, const char *reason)
{
    const char *message = arena_format(&intake->arena, "%s; giving it up failed as well: %s", reason, it->attempt.reason);
    struct result result = set_aside_record(intake->how, it->record, &it->in, "compensation_failed", message, false,
                                            it->in.received_at);

    if (result.how == HANDLED) {
        intake->stats.compensations_failed++;
        log_error(intake->core->log, "an event can neither be handled nor given up: the services disagree until an "
                  "operator redrives it", TEXT("event_id", it->in.id), TEXT("reason", message));
    }
    return intake_aside(intake, it->record, "compensation_failed", result);
}

/* What nobody here knows is never compensated. */
struct taken
intake_give_up(struct intake *intake, struct case_of *it, const char *reason, const char *message)
{
    bool compensate = !it->reaction->compensates && strcmp(reason, unknown_order) != 0
                      && it->attempt.crashes < CRASHES_AGAIN;
    struct result result;

    running_enter(intake->running, &it->in);
    result = set_aside_record(intake->how, it->record, &it->in, reason, message, compensate, it->in.received_at);
    running_leave(intake->running);
    if (result.how != UNDONE_RETRY && result.how != UNDONE_REFUSED)
        return intake_aside(intake, it->record, reason, result);
    if (it->attempt.give_ups + 1 < GIVE_UPS)
        return again_later(intake, it, write_give_up, result.code, it->attempt.give_ups + 1);
    snprintf(it->attempt.reason, sizeof(it->attempt.reason), "%s", result.code);
    return give_up_for_people(intake, it, reason);
}

struct taken
intake_refused(struct intake *intake, struct case_of *it, const char *code)
{
    int *unknown = intake_unknown(intake, it->record->topic, it->record->partition);

    *unknown = strcmp(code, unknown_order) == 0 ? *unknown + 1 : 0;
    if (*unknown >= UNKNOWN_IN_A_ROW)
        return (struct taken){ .how = TAKEN_HALT, .why = "ten_unknown_orders_in_a_row" };
    return intake_give_up(intake, it, code, "the handler refuses the event");
}

struct taken
intake_retried(struct intake *intake, struct case_of *it, const char *code)
{
    int64_t limit = it->reaction->max_attempts > 0 ? it->reaction->max_attempts : intake->settings->retry_max_attempts;
    int failures = it->attempt.tries + 1;

    if (it->reaction->compensates || failures < limit)
        return again_later(intake, it, write_try, code, failures);
    return intake_give_up(intake, it, code, arena_format(&intake->arena, "given up after %d attempts", failures));
}
