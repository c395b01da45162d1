#include "set_aside.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/attempt.h"
#include "store/db.h"
#include "store/dead_letter.h"
#include "store/group_commit.h"
#include "store/meta.h"
#include "store/outbox.h"
#include "store/parked.h"
#include "store/processed_event.h"

#include <string.h>

/* ---- records ---- */

struct aside {
    const struct set_aside *how;
    const struct dead_letter *letter;
    const struct envelope *in;
};

/* A dead letter goes out like everything else that is said; one too large for that stays here. */
static void
send_letter(struct db *db, const struct set_aside *how, const struct dead_letter *letter)
{
    struct arena *arena = db_scratch(db);
    struct record record = dead_letter_record(letter, arena);
    enum topic topic = (enum topic)(letter->record.topic % TOPICS + TOPICS);
    const char *about = arena_format(arena, "%s/%d/%lld", topic_name(letter->record.topic), letter->record.partition,
                                     (long long)letter->record.offset);
    size_t size;
    const char *packed;

    if (letter->record.value_size > DEAD_LETTER_MAX) {
        dead_letter_keep(db, letter);
        return;
    }
    packed = record_pack(&record, arena, &size);
    outbox_add_dead_letter(db, topic, how->one_partition ? 0 : letter->record.partition, about, packed, size,
                           letter->received_at);
}

static void
write_aside(struct db *db, const void *what)
{
    const struct aside *aside = what;
    const struct service *service = aside->how->core->service;

    send_letter(db, aside->how, aside->letter);
    if (aside->in == NULL)
        return;
    attempt_forget(db, aside->in->id);
    if (service_reaction(service, aside->in->type)->once == BY_PROCESSED_EVENT)
        processed_event_mark_dead(db, aside->in);
}

struct result
set_aside_record(const struct set_aside *how, const struct record *record, const struct envelope *in,
                 const char *reason, const char *message, bool give_up, int64_t now_ms)
{
    const char *cluster = meta_cluster(how->core->db);
    struct dead_letter letter = {
        .record = *record,
        .reason = reason,
        .message = message,
        .group = how->group,
        .original_topic = how->topic_names[record->topic],
        .cluster = cluster == NULL ? "" : cluster,
        .received_at = now_ms,
    };
    struct aside aside = { how, &letter, in };
    struct result result = { SKIPPED, NULL };

    if (give_up && in != NULL)
        result = core_give_up(how->core, in, (struct also){ write_aside, &aside });
    if (result.how == SKIPPED)
        result = core_write(how->core, (struct also){ write_aside, &aside });
    db_point(how->core->db, POINT_ASIDE_WRITTEN);
    return result;
}

/* ---- dead letters that come back ---- */

static void
write_kept(struct db *db, const void *what)
{
    dead_letter_keep(db, what);
}

struct result
set_aside_keep(const struct set_aside *how, const struct record *record)
{
    struct dead_letter letter;
    struct result result;

    if (!dead_letter_read(record, how->group, db_scratch(how->core->db), &letter)
        || !shard_owns(&db_context(how->core->db)->shard, letter.record.partition))
        return (struct result){ SKIPPED, NULL };
    result = core_write(how->core, (struct also){ write_kept, &letter });
    db_point(how->core->db, POINT_LETTER_KEPT);
    return result;
}

/* ---- rows that the broker refuses ---- */

struct refused {
    const struct set_aside *how;
    int64_t seq, now_ms;
    const char *why;
    bool done;
};

static void
write_abandoned(struct db *db, const void *what)
{
    const struct refused *refused = what;

    parked_abandon(db, refused->seq, refused->why, refused->now_ms);
}

static void
write_parked(struct db *db, const void *what)
{
    const struct refused *refused = what;

    parked_add(db, refused->seq, refused->why, refused->now_ms);
}

struct unsent {
    const struct dead_letter *letter;
    int64_t seq;
};

static void
write_unsent(struct db *db, const void *what)
{
    const struct unsent *unsent = what;

    dead_letter_keep(db, unsent->letter);
    parked_drop(db, unsent->seq);
}

/* A dead letter that its topic will not have is kept here, where it was to come back to. */
static struct result
keep_unsent(const struct refused *refused, const struct envelope *out)
{
    struct core *core = refused->how->core;
    struct arena *arena = db_scratch(core->db);
    struct record record = { .topic = out->topic, .partition = out->partition, .timestamp = out->time };
    struct dead_letter letter;
    struct unsent unsent = { &letter, refused->seq };

    if (record_unpack(out->packed, out->packed_size, arena, &record) != 0
        || !dead_letter_read(&record, refused->how->group, arena, &letter))
        return (struct result){ SKIPPED, NULL };
    return core_write(core, (struct also){ write_unsent, &unsent });
}

static struct result
compensate(const struct refused *refused, const struct envelope *out)
{
    struct envelope in = *out;

    if (out->packed != NULL)
        return keep_unsent(refused, out);
    in.received_at = refused->now_ms;
    return core_if_refused(refused->how->core, &in, (struct also){ write_abandoned, refused });
}

static bool
on_row(void *context, int64_t seq, const struct envelope *out)
{
    struct refused *refused = context;
    struct core *core = refused->how->core;
    struct result result = compensate(refused, out);

    if (result.how == SKIPPED || result.how == UNDONE_RETRY || result.how == UNDONE_REFUSED)
        result = core_write(core, (struct also){ write_parked, refused });
    log_error(core->log, result.how == LOST ? "a refused row cannot be set aside now" : "the broker refuses a row for good",
              INT("seq", seq), TEXT("why", refused->why));
    refused->done = result.how == HANDLED || result.how == HANDLED_BEFORE;
    return false;
}

bool
set_aside_row(const struct set_aside *how, int64_t seq, const char *why, int64_t now_ms)
{
    struct refused refused = { .how = how, .seq = seq, .now_ms = now_ms, .why = why };
    bool found;

    if (!group_commit(how->core->group))
        return false;
    found = outbox_read_one(how->core->db, seq, on_row, &refused);
    if (!found && db_failure(how->core->db) != DB_FINE)
        return false;                       /* it may be there */
    db_point(how->core->db, POINT_ROW_ASIDE_WRITTEN);
    return group_commit(how->core->group) && (refused.done || !found);
}
