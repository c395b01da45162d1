#include "intake_private.h"

#include "base/clock.h"
#include "base/faults.h"
#include "base/log.h"
#include "fallback.h"
#include "running.h"
#include "store/db.h"
#include "store/group_commit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int *
intake_unknown(struct intake *intake, enum topic topic, int partition)
{
    return &intake->unknown[(int)topic * (int)intake->settings->partitions + partition];
}

static void
forget_unknown(struct intake *intake)
{
    memset(intake->unknown, 0, (size_t)(TOPICS * intake->settings->partitions) * sizeof(*intake->unknown));
}

/* ---- one event ---- */

static void
write_handled(struct db *db, const void *what)
{
    const struct case_of *it = what;

    attempt_forget(db, it->in.id);
}

static struct taken
handled(struct intake *intake, struct case_of *it)
{
    *intake_unknown(intake, it->record->topic, it->record->partition) = 0;
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
        return intake_retried(intake, it, result.code);
    case UNDONE_REFUSED:
        return intake_refused(intake, it, result.code);
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
        return intake_give_up(intake, it, "crashed_process", arena_format(&intake->arena, "its handler killed the process %d times: %s",
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
    if (fallback_add(intake->fallback, record, &intake->arena, db_context(intake->core->db)->faults) != 0) {
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
    return intake_aside(intake, record, why, result);
}

/* A fault on purpose: the event comes later than it was said. It is not offered until then, so nothing is counted. */
static int
delayed_ms(const struct intake *intake, const struct case_of *it)
{
    struct faults *faults = db_context(intake->core->db)->faults;
    int64_t ms = faults == NULL ? 0 : faults_ms(faults, FAULT_EVENT_DELAYED);
    int64_t now = it->in.received_at, at = it->record->timestamp;       /* which may be any number */

    if (at <= now - ms || at > now || !faults_hit(faults, FAULT_EVENT_DELAYED, it->in.type))
        return 0;
    return (int)(at + ms - now);
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
        *intake_unknown(intake, topic, partition) = 0;
}

const struct intake_stats *
intake_stats(const struct intake *intake)
{
    return &intake->stats;
}
