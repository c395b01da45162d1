#include "node.h"

#include "backup_job.h"
#include "base/clock.h"
#include "base/log.h"
#include "calls.h"
#include "ctl/admin.h"
#include "fallback.h"
#include "http/server.h"
#include "http/waiters.h"
#include "kafka/client.h"
#include "node_events.h"
#include "retention.h"
#include "room.h"
#include "running.h"
#include "store/db.h"
#include "store/group_commit.h"
#include "store/outbox.h"
#include "store/position.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
    TICK_US = 100000,
    SECOND_US = 1000000,
    DRAIN_US = 1000000,           /* acknowledgements have this long at a stop */
    LOWEST_PRIORITY = 2
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

static void
on_commit(evutil_socket_t fd, short what, void *context)
{
    struct node *node = context;

    (void)fd, (void)what;
    if (group_is_open(node->core.group))
        node_commit(node);
}

static void
on_operation_done(void *context)
{
    node_operation_done(context);
}

static void
after_commit(void *context, bool committed)
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

/* Replies have a tick to leave, what is under way to the broker and outside has a second to be answered. */
static void
stop_when_done(struct node *node, int64_t now)
{
    bool late = now >= node->stop_by_us;

    if (node->stop_by_us == 0 || now < node->stop_by_us - DRAIN_US + TICK_US)
        return;
    if (!late && (relay_under_way(node->relay) > 0 || calls_under_way(node->calls) > 0
                  || group_is_open(node->core.group)))
        return;
    event_base_loopbreak(node->base);
}

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
    struct node *node = context;
    int64_t now = clock_monotonic_us(node->clock);

    (void)fd, (void)what;
    if (node->tick_due_us != 0 && now > node->tick_due_us)
        histogram_add(&node->stats.stall_us, histogram_times_us, now - node->tick_due_us);
    node->tick_due_us = now + TICK_US;
    store_what_moved(node, now);
    if (!group_is_open(node->core.group))
        relay_tick(node->relay);
    calls_look(node->calls);
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

/* ---- life ---- */

static void
on_signal(evutil_socket_t signal, short what, void *context)
{
    struct node *node = context;

    (void)what;
    if (node->stop_by_us != 0)
        return;
    log_info(node->log, "stopping", INT("signal", signal));
    node->stop_by_us = clock_monotonic_us(node->clock) + DRAIN_US;
    server_drain(node->server);
    server_drain(node->operators);
    consumer_unassign(node->consumer);
    calls_stop(node->calls);
    node_commit(node);
    node_wake_waiters(node);
}

static void
listen_to_commits(struct node *node)
{
    struct group_commit *group = node->core.group;

    group_listen(group, (struct group_listener){ positions_before_commit, positions_after_commit, node->positions });
    group_listen(group, (struct group_listener){ NULL, node_replies_after_commit, node });
    group_listen(group, (struct group_listener){ relay_before_commit, relay_after_commit, node->relay });
    group_listen(group, (struct group_listener){ retention_before_commit, retention_after_commit, node->retention });
    group_listen(group, (struct group_listener){ NULL, room_after_commit, node->room });
    group_listen(group, (struct group_listener){ NULL, consumer_after_commit, node->consumer });
    group_listen(group, (struct group_listener){ NULL, after_commit, node });
}

/* all: every topic's name on the broker; heard: NULL for those that this service does not read. Dead letters are read of
 * what is heard. */
static void
name_topics(struct node *node, const char *all[ALL_TOPICS], const char *heard[ALL_TOPICS])
{
    for (int i = 0; i < ALL_TOPICS; i++) {
        char *name = node->topic_names[i];

        snprintf(name, sizeof(node->topic_names[i]), "%s%s%s", node->settings->topic_prefix,
                 node->settings->topics[i % TOPICS], i < TOPICS ? "" : ".DLT");
        all[i] = name;
        heard[i] = service_hears(node->service, (enum topic)(i % TOPICS)) ? name : NULL;
    }
}

static void
import_fallback(struct node *node, const char *path)
{
    int count = fallback_import(path, &node->set_aside);

    if (count > 0)
        log_warn(node->log, "dead letters that the database had refused are in it now", INT("count", count));
    if (count < 0)
        log_error(node->log, "the database still refuses dead letters: their file stays", TEXT("file", path));
}

static int
start_intake(struct node *node, char **error)
{
    char path[4200];

    node->set_aside.core = &node->core;
    node->set_aside.group = node->group_name;
    node->set_aside.one_partition = strcmp(node->settings->dlt_partition, "0") == 0;
    snprintf(path, sizeof(path), "%s/%s.running", node->settings->data_dir, node->service->name);
    node->running = running_open(path, error);
    if (node->running == NULL)
        return -1;
    node_blame(node);
    snprintf(path, sizeof(path), "%s/%s.dead-letters", node->settings->data_dir, node->service->name);
    import_fallback(node, path);
    node->intake = intake_new(&node->core, node->settings, node->clock, &node->set_aside, node->running);
    return 0;
}

static void
start_kafka(struct node *node)
{
    const struct settings *settings = node->settings;
    struct client_options client = {
        .brokers = settings->kafka_brokers,
        .properties = settings->kafka_properties,
        .client_id = node->service->name,
        .log = node->log,
    };
    struct relay_options relay = { .replay_rate = settings->replay_rate };
    struct consumer_options consumer = { .partitions = (int)settings->partitions, .shards = 1 };
    const char *all[ALL_TOPICS];

    name_topics(node, all, consumer.topics);
    for (int i = 0; i < ALL_TOPICS; i++)
        relay.topics[i] = node->set_aside.topic_names[i] = all[i];
    snprintf(node->group_name, sizeof(node->group_name), "%s%s", settings->topic_prefix, node->service->name);
    consumer.group = node->group_name;
    node->positions = positions_new(node->core.db, (int)settings->partitions);
    node->broker = broker_new(node->base, &client, all, (int)settings->partitions,
                              (struct broker_listener){ node_on_known, node });
    node->relay = relay_new(node->base, node->core.group, node->core.db, node->clock, &client, &relay,
                            (struct relay_listener){ node_on_down, node_on_refused, node });
    node->consumer = consumer_new(node->base, node->clock, node->positions, &client, &consumer,
                                  (struct consumer_listener){ node_on_record, on_operation_done, node_on_end,
                                                              node_on_down, node });
}

static int
start_http(struct node *node, char **error)
{
    const struct settings *settings = node->settings;
    struct server_options options = {
        .address = settings->http_address,
        .port = (int)settings->http_port,
        .max_connections = (int)settings->http_max_connections,
        .max_header_bytes = 8 * 1024,
        .max_body_bytes = 64 * 1024,
        .request_timeout_ms = (int)settings->http_request_timeout_ms,
        .idle_timeout_ms = (int)settings->http_idle_timeout_ms,
    };

    node->waiters = waiters_new();
    node->server = server_new(node->base, node->log, node->clock, db_context(node->core.db)->ids, &options,
                              (struct server_handler){ node_on_request, node }, error);
    return node->server == NULL ? -1 : 0;
}

static int
start_calls(struct node *node, char **error)
{
    node->calls = calls_new(node->base, &node->core, on_operation_done, node, error);
    if (node->calls == NULL)
        return -1;
    group_listen(node->core.group, (struct group_listener){ NULL, calls_after_commit, node->calls });
    return 0;
}

/* Operators are few and take their time; paths and reasons may be long. */
static int
start_operators(struct node *node, char **error)
{
    char address[4200];
    struct server_options options = {
        .address = address,
        .max_connections = 32,
        .max_header_bytes = 32 * 1024,
        .max_body_bytes = 1024,
        .request_timeout_ms = 10000,
        .idle_timeout_ms = 60000,
    };

    snprintf(address, sizeof(address), "unix:%s/%s.sock", node->settings->data_dir, node->service->name);
    node->operators = server_new(node->base, node->log, node->clock, db_context(node->core.db)->ids, &options,
                                 (struct server_handler){ admin_on_request, node }, error);
    return node->operators == NULL ? -1 : 0;
}

static struct event_base *
base_new(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base;

    event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST | EVENT_BASE_FLAG_NOLOCK);
    base = event_base_new_with_config(config);
    event_config_free(config);
    event_base_priority_init(base, LOWEST_PRIORITY + 1);
    return base;
}

int
node_start(struct node *node, char **error)
{
    static const struct timeval tick = { .tv_usec = TICK_US };

    node->base = base_new();
    node->commit = event_new(node->base, -1, 0, on_commit, node);
    event_priority_set(node->commit, LOWEST_PRIORITY);
    node->tick = event_new(node->base, -1, EV_PERSIST, on_tick, node);
    node->sigterm = evsignal_new(node->base, SIGTERM, on_signal, node);
    node->sigint = evsignal_new(node->base, SIGINT, on_signal, node);
    event_priority_set(node->tick, 0);
    start_kafka(node);
    if (start_intake(node, error) != 0)
        return -1;
    node->retention = retention_new(&node->core, node->settings, node->clock);
    listen_to_commits(node);
    if (start_http(node, error) != 0 || start_operators(node, error) != 0 || start_calls(node, error) != 0)
        return -1;
    event_add(node->tick, &tick);
    event_add(node->sigterm, NULL);
    event_add(node->sigint, NULL);
    broker_ask(node->broker);
    return 0;
}

void
node_run(struct node *node)
{
    event_base_dispatch(node->base);
}

void
node_stop(struct node *node)
{
    group_begin(node->core.group);
    node_commit(node);                 /* positions and cursor, so that the next start repeats nothing */
    calls_free(node->calls);
    backup_job_free(node->backup);
    waiters_free(node->waiters);
    server_free(node->server);
    server_free(node->operators);
    consumer_free(node->consumer);
    relay_free(node->relay);
    broker_free(node->broker);
    intake_free(node->intake);
    running_close(node->running);
    positions_free(node->positions);
    retention_free(node->retention);
    event_free(node->commit);
    event_free(node->tick);
    event_free(node->sigterm);
    event_free(node->sigint);
    event_base_free(node->base);
}
