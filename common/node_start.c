/* How a running service is put together, and taken apart. */
#include "node.h"

#include "backup_job.h"
#include "base/log.h"
#include "calls.h"
#include "ctl/admin.h"
#include "fallback.h"
#include "feeder.h"
#include "http/server.h"
#include "http/waiters.h"
#include "kafka/client.h"
#include "node_events.h"
#include "retention.h"
#include "room.h"
#include "running.h"
#include "store/db.h"
#include "store/group_commit.h"
#include "store/metrics.h"
#include "store/position.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { LOWEST_PRIORITY = 2, COMMENT_MS = 10000 };

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
    group_listen(group, (struct group_listener){ NULL, node_after_commit, node });
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
    struct consumer_options consumer = { .shard = shard_of_settings(settings), .faults = db_context(node->core.db)->faults };
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
                                  (struct consumer_listener){ node_on_record, node_on_operation_done, node_on_end,
                                                              node_on_down, node });
}

static int
start_http(struct node *node, char **error)
{
    static const char *const open_paths[] = { "/healthz", "/readyz", NULL };
    const struct settings *settings = node->settings;
    bool guarded = *settings->http_token_file != '\0';
    struct server_options options = {
        .token = guarded ? &node->token : NULL,
        .open_paths = open_paths,
        .address = settings->http_address,
        .port = (int)settings->http_port,
        .max_connections = (int)settings->http_max_connections,
        .max_header_bytes = 8 * 1024,
        .max_body_bytes = 64 * 1024,
        .request_timeout_ms = (int)settings->http_request_timeout_ms,
        .idle_timeout_ms = (int)settings->http_idle_timeout_ms,
    };

    node->waiters = waiters_new();
    if (guarded && token_read(&node->token, settings->http_token_file, error) != 0)
        return -1;
    node->server = server_new(node->base, node->log, node->clock, db_context(node->core.db)->ids, &options,
                              (struct server_handler){ node_on_request, node }, error);
    if (node->server == NULL)
        return -1;
    node->feeder = feeder_new(node->base, &node->core, node->clock,
                              options.idle_timeout_ms / 3 < COMMENT_MS ? options.idle_timeout_ms / 3 : COMMENT_MS);
    group_listen(node->core.group, (struct group_listener){ NULL, feeder_after_commit, node->feeder });
    return 0;
}

static int
start_calls(struct node *node, char **error)
{
    node->calls = calls_new(node->base, &node->core, node_on_operation_done, node, error);
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
    static const struct timeval tick = { .tv_usec = NODE_TICK_US };

    node->base = base_new();
    node->commit = event_new(node->base, -1, 0, node_on_commit, node);
    event_priority_set(node->commit, LOWEST_PRIORITY);
    node->tick = event_new(node->base, -1, EV_PERSIST, node_on_tick, node);
    node->sigterm = evsignal_new(node->base, SIGTERM, node_on_signal, node);
    node->sigint = evsignal_new(node->base, SIGINT, node_on_signal, node);
    event_priority_set(node->tick, 0);
    if (node->service->metrics != NULL)
        db_context(node->core.db)->metrics = metrics_new(node->service->metrics);
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
    db_point(node->core.db, POINT_STOP_DRAINED);
    group_begin(node->core.group);
    node_commit(node);                 /* positions and cursor, so that the next start repeats nothing */
    calls_free(node->calls);
    backup_job_free(node->backup);
    waiters_free(node->waiters);
    feeder_free(node->feeder);
    server_free(node->server);
    server_free(node->operators);
    consumer_free(node->consumer);
    relay_free(node->relay);
    broker_free(node->broker);
    intake_free(node->intake);
    running_close(node->running);
    positions_free(node->positions);
    retention_free(node->retention);
    metrics_free(db_context(node->core.db)->metrics);
    db_context(node->core.db)->metrics = NULL;
    event_free(node->commit);
    event_free(node->tick);
    event_free(node->sigterm);
    event_free(node->sigint);
    event_base_free(node->base);
}
