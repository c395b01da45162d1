#include "daemon.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/faults.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/uuid.h"
#include "ctl/ctl.h"
#include "data_dir.h"
#include "describe.h"
#include "http/server.h"
#include "kafka/properties.h"
#include "node.h"
#include "own_database.h"
#include "room.h"
#include "store/db.h"
#include "store/group_commit.h"
#include "store/meta.h"

#include <event2/event.h>
#include <librdkafka/rdkafka.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
print_version(const struct service *service)
{
    printf("%s schema %d, librdkafka %s, SQLite %s, libevent %s\n", service->name, SCHEMA_VERSION,
           rd_kafka_version_str(), sqlite3_libversion(), event_get_version());
}

/* What may be broken on purpose, with what the settings break from the start. */
static struct faults *
allowed_faults(const struct settings *settings, const struct log *log)
{
    struct uuid_source chance;
    struct faults *faults;
    char *error = NULL;

    if (!settings->allow_faults)
        return NULL;
    uuid_source_random(&chance);
    faults = faults_new(log, &chance);
    faults_read(faults, settings->faults, &error);      /* checked with the settings */
    if (settings->relay_send_twice)
        faults_read(faults, fault_kinds[FAULT_EVENTS_TWICE].name, &error);
    log_warn(log, "this service may be broken on purpose: ctl fault list", TEXT("faults", settings->faults));
    return faults;
}

static void
fill_context(struct db *db, const struct service *service, const struct settings *settings, struct uuid_source *ids,
             struct faults *faults)
{
    *db_context(db) = (struct db_context){
        .settings = settings,
        .ids = ids,
        .source = service->source,
        .shard = shard_of_settings(settings),
        .faults = faults,
    };
}

/* Everything from the lock to the clean stop. -1 with *error. */
static int
run(const struct service *service, const struct settings *settings, const struct log *log, char **error)
{
    struct node *node;
    struct room *room;
    struct uuid_source ids;
    struct faults *faults = NULL;
    struct db *db;
    int result = -1, lock = data_dir_lock(settings->data_dir, service->name, error);

    if (lock < 0)
        return -1;
    room = room_new(settings, service->name, log);
    db_use_one_thread();
    faults = allowed_faults(settings, log);
    db = own_database_open(service, settings, faults, log, error);
    if (db == NULL)
        goto done;
    uuid_source_random(&ids);
    fill_context(db, service, settings, &ids, faults);
    node = memory_new(1, sizeof(*node));
    node->service = service;
    node->settings = settings;
    node->log = log;
    node->clock = log->clock;
    node->room = room;
    node->core = (struct core){ service, log, db, group_new(db, log->clock) };
    result = node_start(node, error);
    if (result == 0) {
        log_info(log, "started", TEXT("address", settings->http_address), INT("port", server_port(node->server)),
                 TEXT("data_dir", settings->data_dir), TEXT("brokers", settings->kafka_brokers),
                 INT("shard", settings->shard), INT("shards", settings->shards));
        node_run(node);
    }
    node_stop(node);
    group_free(node->core.group);
    free(node);
    if (own_database_close(db) != 0 && result == 0)
        fatal(log, "a clean end could not be stored: the next start checks the database", TEXT("error", db_failure_text(db)));
    if (result == 0)
        log_info(log, "stopped", TEXT("data_dir", settings->data_dir));
done:
    faults_free(faults);
    room_free(room);
    close(lock);
    return result;
}

static int
serve(const struct service *service, const struct settings *settings)
{
    struct clock clock = clock_real();
    struct log_recent recent = { .count = 0 };
    struct log log = { .service = service->name, .clock = &clock, .fd = STDERR_FILENO, .recent = &recent };
    char *error = NULL;

    log_level_parse(settings->log_level, &log.level);
    if (properties_check(settings->kafka_properties, &log, &error) == 0
        && run(service, settings, &log, &error) == 0)
        return 0;
    log_error(&log, "cannot start", TEXT("error", error));
    free(error);
    return 1;
}

/* All mistakes at once: also when settings_read has found some. */
static void
check_own_settings(const struct service *service, const struct settings *settings, struct command_line *line)
{
    bool used = line->command == COMMAND_RUN || line->command == COMMAND_CTL || line->command == COMMAND_WRONG;

    if (used && service->check_settings != NULL && service->check_settings(settings, stderr) > 0)
        line->command = COMMAND_WRONG;
}

int
daemon_main(const struct service *service, int argc, char **argv)
{
    struct settings *settings = memory_new(1, service->settings_size);
    char data_dir[64];
    struct command_line line;
    int status = 0;

    snprintf(data_dir, sizeof(data_dir), "data/%s", service->name);
    line = settings_read(service->settings, settings, service->default_port, data_dir, argc, argv, stderr);
    check_own_settings(service, settings, &line);
    switch (line.command) {
    case COMMAND_RUN:
        status = serve(service, settings);
        break;
    case COMMAND_HELP:
        settings_help(service->name, service->settings, service->default_port, data_dir, stdout);
        break;
    case COMMAND_VERSION:
        print_version(service);
        break;
    case COMMAND_REACTIONS:
        describe_reactions(service, stdout);
        break;
    case COMMAND_SCHEMA:
        describe_schema(service, stdout);
        break;
    case COMMAND_CRASH_POINTS:
        describe_crash_points(stdout);
        break;
    case COMMAND_CTL:
        status = ctl_main(service->name, settings, argv + line.rest);
        break;
    case COMMAND_WRONG:
        fprintf(stderr, "%s --help lists the settings\n", service->name);
        status = 2;
        break;
    }
    free(settings);
    return status;
}
