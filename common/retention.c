#include "retention.h"

#include "base/clock.h"
#include "base/memory.h"
#include "http/idempotency.h"
#include "service.h"
#include "store/db.h"
#include "store/forgotten.h"
#include "store/group_commit.h"
#include "store/outbox.h"
#include "store/processed_event.h"

#include <stdlib.h>

enum {
    TABLES = 3,
    IDLE_ROWS = 256,                /* of each table in an idle turn: about a millisecond */
    SHORTEST_REST_MS = 1000,        /* a row that is old and must stay is looked at once a second … */
    LONGEST_REST_MS = 60000,        /* … and a table whose rows are young once a minute: the clock may be set */
    EMBEDDED_OUTBOX_S = 600
};

static const struct prunable {
    const char *table;
    int64_t (*oldest)(struct db *db);
    int (*prune)(struct db *db, int64_t before, int limit);
} outbox = { "outbox", outbox_oldest_sent, outbox_prune },
  processed_event = { "processed_event", processed_event_oldest, processed_event_prune },
  idempotency_key = { "idempotency_key", idempotency_oldest, idempotency_prune };

/* A table and how long its rows are kept. */
struct kept {
    const struct prunable *of;
    int64_t keep_ms;
    int64_t rests_until_us;         /* monotonic; nothing is old before */
    uint64_t deleted, in_turn;
};

static const int64_t FOR_EVER_MS = INT64_MAX / 4;

struct retention {
    const struct core *core;
    const struct settings *settings;
    const struct clock *clock;
    struct kept tables[TABLES];     /* the outbox is the first */
    int count;
    uint64_t commits_seen;
};

static bool
has_processed_event(const struct service *service)
{
    const struct reaction *reaction;

    for (reaction = service->reactions; reaction->handle != NULL; reaction++)
        if (reaction->once == BY_PROCESSED_EVENT)
            return true;
    return false;
}

struct retention *
retention_new(const struct core *core, const struct settings *settings, const struct clock *clock)
{
    struct retention *retention = memory_new(1, sizeof(*retention));
    struct kept *next = retention->tables;

    retention->core = core;
    retention->settings = settings;
    retention->clock = clock;
    *next++ = (struct kept){ .of = &outbox, .keep_ms = FOR_EVER_MS };
    *next++ = (struct kept){ .of = &idempotency_key, .keep_ms = 1000 * settings->idempotency_retention_s };
    if (has_processed_event(core->service))
        *next++ = (struct kept){ .of = &processed_event, .keep_ms = 1000 * settings->processed_event_retention_s };
    retention->count = (int)(next - retention->tables);
    return retention;
}

void
retention_free(struct retention *retention)
{
    free(retention);
}

void
retention_know_broker(struct retention *retention, bool embedded)
{
    int64_t s = retention->settings->outbox_retention_s;

    retention->tables[0].keep_ms = 1000 * (embedded && s > EMBEDDED_OUTBOX_S ? EMBEDDED_OUTBOX_S : s);
    retention->tables[0].rests_until_us = 0;
}

void
retention_forget_broker(struct retention *retention)
{
    retention->tables[0].keep_ms = FOR_EVER_MS;
}

/* How long from now on no row will be old; less than 0 if one is. */
static int64_t
young_for_ms(const struct retention *retention, const struct kept *kept)
{
    int64_t oldest = kept->of->oldest(retention->core->db);

    return oldest == INT64_MAX ? kept->keep_ms : oldest + kept->keep_ms - clock_now_ms(retention->clock);
}

static void
rest(const struct retention *retention, struct kept *kept)
{
    int64_t ms = young_for_ms(retention, kept);

    ms = ms < SHORTEST_REST_MS ? SHORTEST_REST_MS : ms > LONGEST_REST_MS ? LONGEST_REST_MS : ms;
    kept->rests_until_us = clock_monotonic_us(retention->clock) + 1000 * ms;
}

static bool
rests(const struct retention *retention, const struct kept *kept)
{
    return clock_monotonic_us(retention->clock) < kept->rests_until_us;
}

static void
prune(struct retention *retention, int limit)
{
    struct db *db = retention->core->db;
    bool any = false;

    for (struct kept *kept = retention->tables; kept < retention->tables + retention->count; kept++) {
        int64_t before = clock_now_ms(retention->clock) - kept->keep_ms;
        int rows;

        if (rests(retention, kept))
            continue;
        rows = kept->of->prune(db, before, limit);
        if (rows > 0)
            forgotten_note(db, kept->of->table, before);
        if (rows < limit)
            rest(retention, kept);
        kept->in_turn += (uint64_t)rows;
        any |= rows > 0;
    }
    if (any)
        db_point(db, POINT_ROWS_FORGOTTEN);
}

void
retention_before_commit(void *context)
{
    struct retention *retention = context;
    int causes = group_size(retention->core->group);

    if (causes > 0)
        prune(retention, 2 * causes);
}

void
retention_after_commit(void *context, bool committed)
{
    struct retention *retention = context;

    for (int i = 0; i < retention->count; i++) {
        if (committed)
            retention->tables[i].deleted += retention->tables[i].in_turn;
        retention->tables[i].in_turn = 0;
    }
}

static bool
something_is_old(struct retention *retention)
{
    bool old = false;

    for (struct kept *kept = retention->tables; kept < retention->tables + retention->count; kept++) {
        if (rests(retention, kept))
            continue;
        if (young_for_ms(retention, kept) < 0)
            old = true;
        else
            rest(retention, kept);
    }
    return old;
}

/* An empty turn would be a commit of its own, so it is looked first. Nor is the turn of the last call work of others. */
bool
retention_begin_idle_turn(struct retention *retention)
{
    struct group_commit *group = retention->core->group;
    uint64_t commits = group_stats(group)->commits;
    bool idle = commits == retention->commits_seen;

    retention->commits_seen = commits;
    if (!idle || group_is_open(group) || group_is_failing(group) || !something_is_old(retention))
        return false;
    group_begin(group);
    prune(retention, IDLE_ROWS);
    retention->commits_seen++;
    return true;
}

bool
retention_count(const struct retention *retention, int table, const char **name, uint64_t *rows)
{
    if (table >= retention->count)
        return false;
    *name = retention->tables[table].of->table;
    *rows = retention->tables[table].deleted;
    return true;
}
