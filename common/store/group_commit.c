#include "group_commit.h"

#include "../base/clock.h"
#include "../base/faults.h"
#include "../base/memory.h"
#include "db.h"
#include "metrics.h"

#include <assert.h>
#include <stdlib.h>

enum {
    TURN_US = 2000,       /* a turn is committed this long after its BEGIN even if more is to be done */
    PACE_US = 5000,       /* under load, commits keep this distance: fuller groups, fewer requests to the broker */
    PACED_FROM = 4,       /* causes in the last group that count as load */
    MUCH = 32,            /* causes in PACE_US that count as much load: twice the distance then */
    PARTITION_US = 250000 /* so long the ids of all turns hash to one partition */
};

struct group_commit {
    struct db *db;
    const struct clock *clock;
    struct group_listener listeners[GROUP_LISTENERS];
    int listener_count;
    bool open, failing;
    int size;                       /* causes in this turn */
    int64_t begun_us, committed_us;
    int64_t pace_us;                /* distance of the next commit to the last one; 0: none */
    int64_t partition_until_us;     /* ids are minted onto the same partition until then */
    struct group_stats stats;
};

struct group_commit *
group_new(struct db *db, const struct clock *clock)
{
    struct group_commit *group = memory_new(1, sizeof(*group));

    group->db = db;
    group->clock = clock;
    return group;
}

void
group_free(struct group_commit *group)
{
    free(group);
}

void
group_listen(struct group_commit *group, struct group_listener listener)
{
    assert(group->listener_count < GROUP_LISTENERS);
    group->listeners[group->listener_count++] = listener;
}

/* The ids of a turn hash to one partition, so a group is one request to the broker. Those of the turns after it do as well,
 * for longer than an order takes to its end: then what comes back for orders of earlier turns shares the request of the new
 * ones. And the load still spreads over the partitions of this shard. */
static void
choose_partition(struct group_commit *group)
{
    struct db_context *context = db_context(group->db);

    if (group->begun_us < group->partition_until_us)
        return;
    group->partition_until_us = group->begun_us + PARTITION_US;
    context->turn_partition = shard_next_partition(&context->shard, context->turn_partition);
}

void
group_begin(struct group_commit *group)
{
    if (group->open)
        return;
    db_begin(group->db);
    db_point(group->db, POINT_TURN_BEGUN);
    group->open = true;
    group->size = 0;
    group->begun_us = clock_monotonic_us(group->clock);
    choose_partition(group);
}

void
group_cause_begin(struct group_commit *group)
{
    group_begin(group);
    group->size++;
    metrics_cause_begin(db_context(group->db)->metrics);
    db_savepoint(group->db);
}

void
group_cause_end(struct group_commit *group, bool keep)
{
    enum db_failure failure;

    if (keep)
        db_point(group->db, POINT_CAUSE_DONE);
    failure = db_failure(group->db);
    db_end_cause(group->db);        /* first: RELEASE is refused while a statement that writes has rows left */
    metrics_cause_end(db_context(group->db)->metrics, keep && failure == DB_FINE);
    if (failure < DB_TURN_LOST) {
        if (keep && failure == DB_FINE)
            db_release(group->db);
        else
            db_undo(group->db);
    }
}

bool
group_is_open(const struct group_commit *group)
{
    return group->open;
}

int
group_size(const struct group_commit *group)
{
    return group->size;
}

bool
group_is_failing(const struct group_commit *group)
{
    return group->failing;
}

static int64_t
paced_us(const struct group_commit *group)
{
    return group->pace_us > 0 ? group->committed_us + group->pace_us : 0;
}

int64_t
group_due_us(const struct group_commit *group)
{
    int64_t late = group->begun_us + TURN_US, paced = paced_us(group);

    if (group->size >= GROUP_LIMIT || db_failure(group->db) >= DB_TURN_LOST)
        return 0;
    return late > paced ? late : paced;
}

int64_t
group_idle_us(const struct group_commit *group)
{
    return group->size >= GROUP_LIMIT ? 0 : paced_us(group);
}

static void
tell(struct group_commit *group, bool committed)
{
    group->open = false;
    metrics_turn_end(db_context(group->db)->metrics, committed);
    for (int i = 0; i < group->listener_count; i++)
        group->listeners[i].after(group->listeners[i].context, committed);
}

void
group_abort(struct group_commit *group)
{
    if (!group->open)
        return;
    db_end_cause(group->db);
    db_rollback(group->db);
    if (db_failure(group->db) != DB_BROKEN)
        db_forget_failure(group->db);
    group->stats.failures++;
    group->failing = true;
    tell(group, false);
}

/* By how many causes have come in the distance there was. A turn costs the set about a millisecond, syncs, requests and
 * fetches of all who hear of it included: under much load that is more than what is gained by the next one coming soon. */
static int64_t
next_pace(const struct group_commit *group)
{
    int much = group->pace_us > PACE_US ? 2 * MUCH : MUCH;

    return group->size < PACED_FROM ? 0 : group->size < much ? PACE_US : 2 * PACE_US;
}

static void
count(struct group_commit *group, int64_t started_us)
{
    group->committed_us = clock_monotonic_us(group->clock);
    if (group->size > 0)        /* a turn of positions only says nothing about the load */
        group->pace_us = next_pace(group);
    group->stats.commits++;
    histogram_add(&group->stats.commit_us, histogram_times_us, group->committed_us - started_us);
    histogram_add(&group->stats.size, histogram_sizes, group->size);
}

/* At both points nobody can tell from outside whether the turn holds. */
static bool
commit(struct group_commit *group)
{
    db_point(group->db, POINT_COMMIT_BEFORE);
    if (db_failure(group->db) != DB_FINE || db_commit(group->db) != 0)
        return false;
    db_point(group->db, POINT_COMMIT_AFTER);
    return db_failure(group->db) == DB_FINE;
}

bool
group_commit(struct group_commit *group)
{
    int64_t started_us;

    if (!group->open)
        return true;
    for (int i = 0; i < group->listener_count; i++)
        if (group->listeners[i].before != NULL)
            group->listeners[i].before(group->listeners[i].context);
    if (faults_hit(db_context(group->db)->faults, FAULT_COMMIT_FAILS, NO_TYPE))
        db_lose_turn(group->db);
    started_us = clock_monotonic_us(group->clock);
    if (!commit(group)) {
        group_abort(group);
        return false;
    }
    count(group, started_us);
    group->failing = false;
    db_end_cause(group->db);
    tell(group, true);
    return true;
}

const struct group_stats *
group_stats(const struct group_commit *group)
{
    return &group->stats;
}
