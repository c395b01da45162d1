#include "intake.h"

#include "base/clock.h"
#include "base/faults.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/uuid.h"
#include "fallback.h"
#include "running.h"
#include "store/attempt.h"
#include "store/db.h"
#include "store/group_commit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    GIVE_UPS = 3,            /* a compensation that fails this often is left to people */
    CRASHES = 3,             /* an event that kills the process this often is given up … */
    CRASHES_AGAIN = 6,       /* … and this often, when giving it up kills it, too, is only set aside */
    UNKNOWN_IN_A_ROW = 10    /* orders that nobody here knows: rather the wrong database than the wrong events */
};

static const char unknown_order[] = "unknown_order";

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

static int *
unknown_in_a_row(struct intake *intake, enum topic topic, int partition)
{
    return &intake->unknown[(int)topic * (int)intake->settings->partitions + partition];
}

static void
forget_unknown(struct intake *intake)
{
    memset(intake->unknown, 0, (size_t)(TOPICS * intake->settings->partitions) * sizeof(*intake->unknown));
}

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

static void
write_handled(struct db *db, const void *what)
{
    const struct case_of *it = what;

    attempt_forget(db, it->in.id);
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
static struct taken
aside(struct intake *intake, const struct record *record, const char *reason, struct result result)
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
    return aside(intake, it->record, "compensation_failed", result);
}

/* What nobody here knows is never compensated. */
static struct taken
give_up(struct intake *intake, struct case_of *it, const char *reason, const char *message)
{
    bool compensate = !it->reaction->compensates && strcmp(reason, unknown_order) != 0
                      && it->attempt.crashes < CRASHES_AGAIN;
    struct result result;

    running_enter(intake->running, &it->in);
    result = set_aside_record(intake->how, it->record, &it->in, reason, message, compensate, it->in.received_at);
    running_leave(intake->running);
    if (result.how != UNDONE_RETRY && result.how != UNDONE_REFUSED)
        return aside(intake, it->record, reason, result);
    if (it->attempt.give_ups + 1 < GIVE_UPS)
        return again_later(intake, it, write_give_up, result.code, it->attempt.give_ups + 1);
    snprintf(it->attempt.reason, sizeof(it->attempt.reason), "%s", result.code);
    return give_up_for_people(intake, it, reason);
}

static struct taken
refused(struct intake *intake, struct case_of *it, const char *code)
{
    int *unknown = unknown_in_a_row(intake, it->record->topic, it->record->partition);

    *unknown = strcmp(code, unknown_order) == 0 ? *unknown + 1 : 0;
    if (*unknown >= UNKNOWN_IN_A_ROW)
        return (struct taken){ .how = TAKEN_HALT, .why = "ten_unknown_orders_in_a_row" };
    return give_up(intake, it, code, "the handler refuses the event");
}

static struct taken
retried(struct intake *intake, struct case_of *it, const char *code)
{
    int64_t limit = it->reaction->max_attempts > 0 ? it->reaction->max_attempts : intake->settings->retry_max_attempts;
    int failures = it->attempt.tries + 1;

    if (it->reaction->compensates || failures < limit)
        return again_later(intake, it, write_try, code, failures);
    return give_up(intake, it, code, arena_format(&intake->arena, "given up after %d attempts", failures));
}

/* ---- one event ---- */

static struct taken
handled(struct intake *intake, struct case_of *it)
{
    *unknown_in_a_row(intake, it->record->topic, it->record->partition) = 0;
    if (it->attempt.first_at != 0)
        core_write(intake->core, (struct also){ write_handled, it });
    return (struct taken){ .how = TAKEN };
}

static struct taken
react(struct intake *intake, struct case_of *it)
{
    struct result result;

    running_enter(intake->running, &it->in);
    result = core_react(intake->core, &it->in);
    running_leave(intake->running);
    intake->stats.handled[it->in.type][result.how]++;
    switch (result.how) {
    case HANDLED:
    case HANDLED_BEFORE:
        return handled(intake, it);
    case UNDONE_RETRY:
        return retried(intake, it, result.code);
    case UNDONE_REFUSED:
        return refused(intake, it, result.code);
    default:
        return (struct taken){ .how = result.how == SKIPPED ? TAKEN_SKIPPED : TAKEN };
    }
}

/* A suspect has its turn for itself: if it kills the process again, nobody else's work is undone. */
static struct taken
react_alone(struct intake *intake, struct case_of *it)
{
    if (!group_commit(intake->core->group))
        return (struct taken){ .how = TAKEN_LATER };
    if (it->attempt.crashes >= CRASHES)
        return give_up(intake, it, "crashed_process", arena_format(&intake->arena, "its handler killed the process %d times: %s",
                                                                   it->attempt.crashes, it->attempt.reason));
    log_warn(intake->core->log, "an event that killed the process is tried alone", TEXT("event_id", it->in.id),
             INT("crashes", it->attempt.crashes));
    return react(intake, it);
}

static struct taken
keep_letter(struct intake *intake, const struct record *record)
{
    struct result result = set_aside_keep(intake->how, record);

    switch (result.how) {
    case SKIPPED:
        return (struct taken){ .how = TAKEN_SKIPPED };
    case UNDONE_RETRY:
    case UNDONE_REFUSED:
        break;
    default:
        return (struct taken){ .how = TAKEN };
    }
    if (fallback_add(intake->fallback, record, &intake->arena) != 0) {
        log_error(intake->core->log, "a dead letter fits neither into the database nor into a file",
                  TEXT("file", intake->fallback), TEXT("error", strerror(errno)));
        return (struct taken){ .how = TAKEN_LATER };
    }
    log_error(intake->core->log, "the database refuses a dead letter: it is in a file, and read at the next start",
              TEXT("file", intake->fallback));
    return (struct taken){ .how = TAKEN_SKIPPED };
}

static struct taken
malformed(struct intake *intake, const struct record *record, const char *why)
{
    struct result result = set_aside_record(intake->how, record, NULL, why,
                                            "the record is no event as EVENTS.md describes", false,
                                            clock_now_ms(intake->clock));

    intake->stats.malformed += result.how == HANDLED;
    return aside(intake, record, why, result);
}

/* A fault on purpose: the event comes later than it was said. It is not offered until then, so nothing is counted. */
static int
delayed_ms(const struct intake *intake, const struct case_of *it)
{
    struct faults *faults = db_context(intake->core->db)->faults;
    int64_t ms = faults == NULL ? 0 : faults_ms(faults, FAULT_EVENT_DELAYED);
    int64_t left = it->record->timestamp + ms - it->in.received_at;

    if (left <= 0 || left > ms || !faults_hit(faults, FAULT_EVENT_DELAYED, it->in.type))
        return 0;
    return (int)left;
}

/* Most records of a topic concern others: only those that this service reacts to are read whole. */
struct taken
intake_record(struct intake *intake, const struct record *record)
{
    enum envelope_type type;
    struct case_of it = { .record = record };
    const char *name, *why;
    int later_ms;

    arena_reset(&intake->arena);
    if (record->topic >= TOPICS)
        return keep_letter(intake, record);
    name = record_type(record);
    type = name == NULL ? NO_TYPE : envelope_type_parse(name);
    it.reaction = type == NO_TYPE ? NULL : service_reaction(intake->core->service, type);
    if (name != NULL && it.reaction == NULL) {
        if (type == NO_TYPE)
            intake->stats.unknown_type++;
        else
            intake->stats.handled[type][SKIPPED]++;
        return (struct taken){ .how = TAKEN_SKIPPED };
    }
    why = record_read(record, &intake->arena, &it.in);
    if (why != NULL)
        return malformed(intake, record, why);
    it.in.received_at = clock_now_ms(intake->clock);
    later_ms = delayed_ms(intake, &it);
    if (later_ms > 0)
        return (struct taken){ .how = TAKEN_LATER, .again_ms = later_ms };
    if (intake->failing > 0) {
        it.attempt = attempt_get(intake->core->db, it.in.id);
        intake->failing = attempts_count(intake->core->db);
    }
    return it.attempt.crashes > 0 ? react_alone(intake, &it) : react(intake, &it);
}

/* ---- life ---- */

/* A lost turn may have taken rows of attempt away, or brought them back; and its unknown orders come again. */
static void
after_commit(void *context, bool committed)
{
    struct intake *intake = context;

    if (committed)
        return;
    intake->failing = attempts_count(intake->core->db);
    forget_unknown(intake);
}

struct intake *
intake_new(struct core *core, const struct settings *settings, const struct clock *clock,
           const struct set_aside *how, struct running *running)
{
    struct intake *intake = memory_new(1, sizeof(*intake));
    size_t path = strlen(settings->data_dir) + strlen(core->service->name) + sizeof("/.dead-letters");

    intake->core = core;
    intake->settings = settings;
    intake->clock = clock;
    intake->how = how;
    intake->running = running;
    intake->fallback = memory_new(path, 1);
    snprintf(intake->fallback, path, "%s/%s.dead-letters", settings->data_dir, core->service->name);
    intake->unknown = memory_new((size_t)(TOPICS * settings->partitions), sizeof(*intake->unknown));
    intake->failing = attempts_count(core->db);
    db_end_cause(core->db);
    arena_init(&intake->arena);
    group_listen(core->group, (struct group_listener){ NULL, after_commit, intake });
    return intake;
}

void
intake_free(struct intake *intake)
{
    if (intake == NULL)
        return;
    arena_release(&intake->arena);
    free(intake->unknown);
    free(intake->fallback);
    free(intake);
}

void
intake_resume(struct intake *intake, enum topic topic, int partition)
{
    if (topic < TOPICS)
        *unknown_in_a_row(intake, topic, partition) = 0;
}

const struct intake_stats *
intake_stats(const struct intake *intake)
{
    return &intake->stats;
}
