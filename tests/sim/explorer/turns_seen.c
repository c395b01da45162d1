/* What others see of a service's database: what it has to send, how far it has read, what waits for somebody. */
#include "turns_private.h"

#include "../../../common/outside.h"
#include "../../../common/store/db.h"
#include "../../../common/store/dead_letter.h"
#include "../../../common/store/outbox.h"

#include <assert.h>
#include <string.h>

static const char *const kinds[] = { "paid", "rejected", "cancelled", "refunded" };

enum { KINDS = 4 };

const char *
turns_kind(int kind)
{
    return kinds[kind];
}

/* ---- rows of the outbox ---- */

struct rows_seen {
    struct turns *turns;
    struct actor *actor;
    struct seen *seen;
};

static bool
see_row(void *context, int64_t seq, const struct envelope *out)
{
    struct rows_seen *it = context;
    struct record_room room;
    struct record record = { .topic = out->topic, .timestamp = out->time, .offset = -1 };

    if (out->packed == NULL)
        record = record_of_event(out, &room);
    else
        record_unpack(out->packed, out->packed_size, &it->actor->arena, &record);
    assert(it->seen->row_count < ROWS_SEEN);
    it->seen->rows[it->seen->row_count].seq = (int)seq;
    it->seen->rows[it->seen->row_count++].record = logs_record_number(it->turns->logs, &record);
    return true;
}

/* ---- posts ---- */

struct calls_seen {
    struct actor *actor;
    struct call calls[KINDS];
    bool due[KINDS];
};

static void
see_call(void *context, const struct call *call)
{
    struct calls_seen *it = context;

    for (int i = 0; i < KINDS; i++)
        if (strcmp(kinds[i], call->kind) == 0) {
            it->due[i] = true;
            it->calls[i] = *call;
            it->calls[i].id = arena_text(&it->actor->arena, call->id);
            it->calls[i].subject = arena_text(&it->actor->arena, call->subject);
            it->calls[i].kind = kinds[i];
        }
}

static struct calls_seen
see_calls(struct actor *actor)
{
    struct calls_seen it = { .actor = actor };

    if (actor->service.outside != NULL)
        actor->service.outside->due(actor->core.db, ACTOR_LATE_MS, KINDS, see_call, &it);
    return it;
}

bool
turns_find_call(struct actor *actor, int kind, struct call *call)
{
    struct calls_seen it = see_calls(actor);

    *call = it.calls[kind];
    return it.due[kind];
}

/* ---- all of it ---- */

static void
see_positions(struct actor *actor, struct seen *seen)
{
    static const char sql[] = "SELECT topic, next_offset FROM position";
    struct rows *rows = db_select(actor->core.db, sql, NULL);
    enum topic topic;

    while (rows_next(rows))
        if (topic_parse(rows_text(rows, 0), &topic) == 0)
            seen->position[topic] = (int)rows_int(rows, 1);
}

static const char *
summary_of(struct turns *turns, struct actor *actor)
{
    static const char *const sql[AUDITED] = {
        [AUDIT_ORDER] = ("SELECT status || iif(reason IS NULL, '', ' (' || reason || ')')"
                         "       || iif(closed_at IS NULL, '', ', closed') FROM orders"),
        [AUDIT_PAYMENT] = "SELECT status || iif(reason IS NULL, '', ' (' || reason || ')') FROM payment",
        [AUDIT_NOTIFY] = "SELECT group_concat(kind || ' ' || status, ', ') FROM notification",
    };

    return arena_text(&turns->arena, actor_text(actor, sql[actor->which], NULL));
}

static bool
asks_for_time(struct actor *actor)
{
    static const char unpaid[] = "SELECT count(*) FROM orders WHERE status = 'CREATED'",
        undecided[] = "SELECT NOT EXISTS (SELECT 1 FROM payment)";

    if (actor->which == AUDIT_NOTIFY)
        return false;
    return db_number(actor->core.db, actor->which == AUDIT_ORDER ? unpaid : undecided, NULL, 0) == 1;
}

void
turns_look(struct turns *turns, struct actor *actor, struct seen *seen)
{
    static const char parked[] = "SELECT min(seq) FROM outbox_parked WHERE state = 'PARKED'";
    struct db *db = actor->core.db;
    struct calls_seen calls;

    *seen = (struct seen){ .cursor = (int)relay_cursor_load(db) };
    see_positions(actor, seen);
    outbox_read(db, 0, ROWS_SEEN, see_row, &(struct rows_seen){ turns, actor, seen });
    seen->open_letters = (int)dead_letter_count_open(db);
    seen->parked = (int)db_number(db, parked, NULL, 0);
    calls = see_calls(actor);
    for (int i = 0; i < KINDS; i++)
        seen->posts |= calls.due[i] << i;
    if (actor->which == AUDIT_ORDER)
        seen->overdue = actor->service.timers->due(db, 0, ACTOR_LATE_MS);
    seen->summary = summary_of(turns, actor);
    seen->essence = turns_essence(actor);
    seen->asks_for_time = asks_for_time(actor);
    db_end_cause(db);
    arena_reset(&actor->arena);
}
