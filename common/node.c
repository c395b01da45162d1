#include "node.h"

#include "base/clock.h"
#include "base/log.h"
#include "calls.h"
#include "feeder.h"
#include "http/server.h"
#include "http/waiters.h"
#include "node_events.h"
#include "retention.h"
#include "room.h"
#include "store/db.h"
#include "store/group_commit.h"
#include "store/outbox.h"
#include "store/position.h"

#include <event2/event.h>

enum {
    SECOND_US = 1000000,
    DRAIN_US = 1000000            /* replies and acknowledgements have this long at a stop */
};

/* ---- commit ---- */

static void
end_if_broken(struct node *node)
{
    if (db_failure(node->core.db) == DB_BROKEN)
        fatal(node->log, "the database cannot be trusted any more, whether the last commit holds is unknown: start again",
              TEXT("error", db_failure_text(node->core.db)));
}

bool
node_commit(struct node *node)
{
    bool failing = group_is_failing(node->core.group), committed = group_commit(node->core.group);

    end_if_broken(node);
    if (!committed && !failing)
        log_error(node->log, "the turn was undone: the database takes no writes",
                  TEXT("error", db_failure_text(node->core.db)));
    if (failing && !group_is_failing(node->core.group))
        log_info(node->log, "the database takes writes again",
                 INT("turns_undone", (int64_t)group_stats(node->core.group)->failures));
    return committed;
}

static void
schedule_commit(struct node *node, int64_t at_us, int64_t now_us)
{
    int64_t wait_us = at_us - now_us;
    struct timeval delay = { .tv_sec = wait_us / 1000000, .tv_usec = wait_us % 1000000 };

    if (wait_us <= 0)
        event_active(node->commit, EV_TIMEOUT, 0);
    else
        event_add(node->commit, &delay);
}

/* The commit runs at the lowest priority, when nothing else is to be done; under load that moment never comes, so it
 * also runs here when the turn is due. */
void
node_operation_done(struct node *node)
{
    int64_t now = clock_monotonic_us(node->clock);

    if (!group_is_open(node->core.group))
        return;
    if (group_due_us(node->core.group) <= now)
        node_commit(node);
    else if (!event_pending(node->commit, EV_TIMEOUT, NULL))
        schedule_commit(node, group_idle_us(node->core.group), now);
}

void
node_on_commit(int fd, short what, void *context)
{
    struct node *node = context;

    (void)fd, (void)what;
    if (group_is_open(node->core.group))
        node_commit(node);
}

void
node_on_operation_done(void *context)
{
    node_operation_done(context);
}

void
node_after_commit(void *context, bool committed)
{
    struct node *node = context;
    int64_t last;

    if (committed) {
        node_wake_waiters(node);
        return;
    }
    consumer_rest(node->consumer);
    last = outbox_last_seq(node->core.db);       /* the seqs of the turn will be given out again */
    if (node->waited_seq > last)
        node->waited_seq = last;
}

/* ---- ticks ---- */

/* Cursor and positions that moved without a commit of their own. */
static void
store_what_moved(struct node *node, int64_t now)
{
    bool positions_late = positions_dirty(node->positions) && now >= node->skips_due_us;

    if (group_is_open(node->core.group) || (!relay_dirty(node->relay) && !positions_late))
        return;
    group_begin(node->core.group);
    node_commit(node);
    node->skips_due_us = now + SECOND_US;
}

/* While sockets keep the loop busy with what never becomes an operation, nobody else comes to it. */
static void
commit_if_due(struct node *node, int64_t now)
{
    if (group_is_open(node->core.group) && group_due_us(node->core.group) <= now)
        node_commit(node);
}

/* After a turn that failed nobody may try again for a long time: a small write tells when the database takes them. */
static void
try_to_write(struct node *node)
{
    group_cause_begin(node->core.group);
    relay_cursor_store(node->core.db, relay_cursor(node->relay));
    group_cause_end(node->core.group, true);
    node_commit(node);
}

/* A checkpoint takes milliseconds: it runs after a second without commits, or by itself when the log is long. */
static void
checkpoint_when_idle(struct node *node)
{
    uint64_t commits = group_stats(node->core.group)->commits;

    if (commits != node->commits_seen) {
        node->checkpoint_due = true;
    } else if (node->checkpoint_due && !group_is_open(node->core.group)) {
        db_checkpoint(node->core.db);
        db_point(node->core.db, POINT_CHECKPOINT_DONE);
        node->checkpoint_due = false;
    }
    node->commits_seen = commits;
}

static void
each_second(struct node *node)
{
    consumer_tick(node->consumer);
    node_look_for_due_timers(node);
    if (group_is_failing(node->core.group))
        try_to_write(node);
    node_look_for_room(node);
    checkpoint_when_idle(node);
}

/* On a busy machine the tick may come before the loop has written the replies. */
static bool
is_under_way(const struct node *node)
{
    return relay_under_way(node->relay) > 0 || calls_under_way(node->calls) > 0 || group_is_open(node->core.group)
           || server_replying(node->server) > 0 || server_replying(node->operators) > 0;
}

/* Whoever has asked has a tick to be heard, what is under way has a second to leave or to be answered. */
static void
stop_when_done(struct node *node, int64_t now)
{
    if (node->stop_by_us == 0 || now < node->stop_by_us - DRAIN_US + NODE_TICK_US)
        return;
    if (now < node->stop_by_us && is_under_way(node))
        return;
    event_base_loopbreak(node->base);
}

void
node_on_tick(int fd, short what, void *context)
{
    struct node *node = context;
    int64_t now = clock_monotonic_us(node->clock);

    (void)fd, (void)what;
    if (node->tick_due_us != 0 && now > node->tick_due_us)
        histogram_add(&node->stats.stall_us, histogram_times_us, now - node->tick_due_us);
    node->tick_due_us = now + NODE_TICK_US;
    commit_if_due(node, now);
    store_what_moved(node, now);
    if (!group_is_open(node->core.group))
        relay_tick(node->relay);
    calls_look(node->calls);
    feeder_tick(node->feeder);
    node_wake_waiters(node);
    if (retention_begin_idle_turn(node->retention))
        node_commit(node);
    if (now >= node->second_due_us) {
        node->second_due_us = now + SECOND_US;
        each_second(node);
    }
    db_end_cause(node->core.db);
    end_if_broken(node);
    stop_when_done(node, now);
}

/* ---- the end ---- */

void
node_on_signal(int signal, short what, void *context)
{
    struct node *node = context;

    (void)what;
    if (node->stop_by_us != 0)
        return;
    log_info(node->log, "stopping", INT("signal", signal));
    db_point(node->core.db, POINT_STOP_BEGUN);
    node->stop_by_us = clock_monotonic_us(node->clock) + DRAIN_US;
    server_drain(node->server);
    server_drain(node->operators);
    consumer_unassign(node->consumer);
    calls_stop(node->calls);
    feeder_stop(node->feeder);
    node_commit(node);
    db_point(node->core.db, POINT_STOP_COMMITTED);
    node_wake_waiters(node);
}
