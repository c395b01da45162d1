/* Events of a running service: what the broker and its partitions bring. */
#include "node_events.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/uuid.h"
#include "node.h"
#include "retention.h"
#include "running.h"
#include "store/attempt.h"
#include "store/db.h"
#include "store/group_commit.h"
#include "store/meta.h"
#include "store/outbox.h"
#include "store/position.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- records ---- */

struct blame {
    struct envelope in;
    const char *reason;
};

static void
write_blame(struct db *db, const void *what)
{
    const struct blame *blame = what;

    attempt_add_crash(db, &blame->in, blame->reason);
}

struct taken
node_on_record(void *context, const struct record *record)
{
    struct node *node = context;

    return intake_record(node->intake, record);
}

bool
node_on_refused(void *context, int64_t seq, const char *why)
{
    struct node *node = context;

    return set_aside_row(&node->set_aside, seq, why, clock_now_ms(node->clock));
}

/* An event whose handler killed the process before this one: counted against it, durably. */
void
node_blame(struct node *node)
{
    char reason[64];
    struct blame blame = { .reason = reason };
    int number;

    if (!running_blamed(node->running, &blame.in, &number))
        return;
    blame.in.received_at = clock_now_ms(node->clock);
    snprintf(reason, sizeof(reason), "signal %d", number);
    log_error(node->log, "the process before this one died while it handled an event", TEXT("event_id", blame.in.id),
              INT("signal", number));
    core_write(&node->core, (struct also){ write_blame, &blame });
    db_point(node->core.db, POINT_BLAME_WRITTEN);
    node_commit(node);
}

/* ---- timers ---- */

void
node_on_end(void *context, enum topic topic, int partition, int64_t asked_ms)
{
    struct node *node = context;
    const struct timer *timer;
    struct envelope in = { .topic = topic, .partition = partition, .received_at = asked_ms };
    char uuid[UUID_TEXT], id[UUID_TEXT + 40];

    for (timer = node->service->timers; timer->handle != NULL; timer++) {
        if (timer->at_end_of != topic)
            continue;
        uuid_new(db_context(node->core.db)->ids, in.received_at, uuid);
        snprintf(id, sizeof(id), "timer:%.30s:%s", timer->name, uuid);
        in.id = id;
        core_timer(&node->core, timer, &in);
    }
}

void
node_look_for_due_timers(struct node *node)
{
    const struct timer *timer;
    struct partition_state state;

    for (timer = node->service->timers; timer->handle != NULL; timer++)
        for (int i = 0; consumer_partition(node->consumer, i, &state); i++)
            if (state.topic == timer->at_end_of
                && timer->due(node->core.db, state.partition, clock_now_ms(node->clock)))
                consumer_want_end(node->consumer, state.topic, state.partition, clock_now_ms(node->clock));
    db_end_cause(node->core.db);
}

/* ---- which broker ---- */

/* A start is resolved to a number and stored before the first fetch: what is written from now on is read, whatever
 * happens in between. A number also spares librdkafka's own look-up, which it tries again only after 500 ms. */
struct starts {
    struct broker_start *all;
    int count;
};

static int
ask_for_starts(struct node *node, bool latest, struct starts *starts)
{
    struct partition_state state;

    for (int i = 0; consumer_partition(node->consumer, i, &state); i++)
        starts->all[starts->count++] = (struct broker_start){
            .topic = state.topic,
            .partition = state.partition,
            .at_end = latest && state.topic < TOPICS,      /* dead letters always from the beginning */
        };
    return broker_starts(node->broker, starts->all, starts->count);
}

static void
choose_positions(struct node *node, const struct starts *starts)
{
    for (int i = 0; i < starts->count; i++)
        positions_pass(node->positions, starts->all[i].topic, starts->all[i].partition, starts->all[i].offset - 1, NULL);
}

void
node_begin_again(struct node *node)
{
    positions_reset(node->positions);
    attempts_forget_all(node->core.db);
    relay_cursor_rewind(node->core.db);
    log_warn(node->log, "positions are forgotten, and what the outbox keeps is sent again",
             INT("rows", outbox_last_seq(node->core.db) - relay_cursor_load(node->core.db)));
}

/* A broker that was not known before, or that has lost its memory. NULL if all is stored, else why not. */
static const char *
begin_with(struct node *node, const char *identity, bool reset)
{
    bool latest = !reset && strcmp(node->settings->first_start, "latest") == 0;
    struct starts starts = { .all = memory_new((size_t)(ALL_TOPICS * node->settings->partitions), sizeof(*starts.all)) };
    const char *why = NULL;

    group_begin(node->core.group);       /* what moved in memory belongs to the broker there was */
    if (!node_commit(node)) {
        why = "the database takes no writes";
    } else if (ask_for_starts(node, latest, &starts) != 0) {
        why = "its partitions do not answer yet";
    } else {
        group_cause_begin(node->core.group);
        meta_set_cluster(node->core.db, identity);
        if (reset)
            node_begin_again(node);
        choose_positions(node, &starts);
        group_cause_end(node->core.group, true);
        db_point(node->core.db, POINT_START_WRITTEN);
        if (!node_commit(node))
            why = "the database takes no writes";
        else if (reset)
            relay_rewind(node->relay);
        db_point(node->core.db, POINT_START_DONE);
    }
    free(starts.all);
    return why;
}

/* Waited out: an operator may decide to go over to it. */
static const char *
another_cluster(struct node *node, const char *identity)
{
    snprintf(node->other_cluster, sizeof(node->other_cluster), "%s", identity);
    snprintf(node->other_trouble, sizeof(node->other_trouble),
             "it is another cluster than the one that positions and outbox belong to; ctl cluster adopt %s", identity);
    return node->other_trouble;
}

const char *
node_on_known(void *context, const char *identity)
{
    struct node *node = context;
    const char *ours, *why;
    bool first, same, reset;

    if (!node_commit(node))              /* reading starts at what is durable */
        return "the database takes no writes";
    ours = meta_cluster(node->core.db);
    first = ours == NULL;
    same = !first && strcmp(ours, identity) == 0;
    reset = !first && !same && broker_identity_is_embedded(ours) && broker_identity_is_embedded(identity);
    if (!first && !same && !reset)
        return another_cluster(node, identity);
    node->other_cluster[0] = '\0';
    why = same ? NULL : begin_with(node, identity, reset);
    if (why != NULL)
        return why;
    if (reset)
        log_warn(node->log, "the embedded broker has lost its memory", TEXT("cluster", identity));
    node->embedded = broker_identity_is_embedded(identity);
    retention_know_broker(node->retention, node->embedded);
    if (relay_start(node->relay) == 0 && consumer_assign(node->consumer, node->embedded) == 0)
        return NULL;
    relay_stop(node->relay);
    consumer_unassign(node->consumer);
    return "no kafka client can be made for it";
}

void
node_on_down(void *context)
{
    struct node *node = context;

    if (broker_is_known(node->broker))
        log_warn(node->log, "no broker can be reached: events wait in the outbox", INT("under_way", relay_under_way(node->relay)));
    consumer_unassign(node->consumer);
    relay_stop(node->relay);
    retention_forget_broker(node->retention);
    broker_ask(node->broker);
}
