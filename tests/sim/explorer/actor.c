#include "actor.h"

#include "../../../common/store/db.h"
#include "../../../common/store/group_commit.h"
#include "../../../common/store/meta.h"
#include "../../../common/store/outbox.h"
#include "../../../common/store/parked.h"
#include "../../../common/store/position.h"
#include "../../../notify-svc/service.h"
#include "../../../order-svc/service.h"
#include "../../../payment-svc/service.h"

#include <stdlib.h>
#include <string.h>

static const struct service *const services[AUDITED] = {
    [AUDIT_ORDER] = &order_service, [AUDIT_PAYMENT] = &payment_service, [AUDIT_NOTIFY] = &notify_service,
};

const struct service *
actor_service(enum audited which)
{
    return services[which];
}

/* ---- a process ---- */

/* What relay_before_commit does. */
static void
before_commit(void *context)
{
    struct actor *actor = context;

    if (parked_count(actor->core.db) > 0)
        parked_keep_behind(actor->core.db, actor->checked, clock_now_ms(&actor->clock));
    if (actor->mark > relay_cursor_load(actor->core.db))
        relay_cursor_store(actor->core.db, actor->mark);
}

static void
after_commit(void *context, bool committed)
{
    (void)context, (void)committed;
}

void
actor_start(struct actor *actor)
{
    struct db *db = actor->core.db;

    actor->core.group = group_new(db, &actor->clock);
    actor->positions = positions_new(db, 1);
    actor->checked = outbox_last_seq(db);
    actor->mark = relay_cursor_load(db);
    group_listen(actor->core.group, (struct group_listener){ positions_before_commit, positions_after_commit,
                                                             actor->positions });
    group_listen(actor->core.group, (struct group_listener){ before_commit, after_commit, actor });
    actor->intake = intake_new(&actor->core, &actor->settings.common, &actor->clock, &actor->how, NULL);
}

void
actor_stop(struct actor *actor)
{
    db_end_cause(actor->core.db);
    db_rollback(actor->core.db);
    db_forget_failure(actor->core.db);
    intake_free(actor->intake);
    positions_free(actor->positions);
    group_free(actor->core.group);
    arena_reset(&actor->arena);
}

int
actor_commit(struct actor *actor)
{
    return group_commit(actor->core.group) ? 0 : -1;
}

/* ---- what it may be asked ---- */

struct reply
actor_ask(struct actor *actor, const char *id, const char *method, const char *path, const char *body, const char *key)
{
    struct request request = {
        .in = { .id = id, .received_at = clock_now_ms(&actor->clock), .data = body,
                .data_size = body == NULL ? 0 : strlen(body) },
        .method = method,
        .path = path,
        .idempotency_key = key,
        .arena = &actor->arena,
    };
    const char *allow;
    const struct route *route = service_route(&actor->service, method, path, &actor->arena, &request.param, &allow);

    return core_request(&actor->core, route, &request);
}

struct result
actor_expire(struct actor *actor, const char *id)
{
    struct envelope in = { .id = id, .topic = PAYMENTS, .received_at = clock_now_ms(&actor->clock) };

    return core_timer(&actor->core, actor->service.timers, &in);
}

const char *
actor_text(struct actor *actor, const char *sql, const char *id)
{
    struct rows *rows = db_select(actor->core.db, sql, id == NULL ? NULL : FIELDS(TEXT("id", id)));
    const char *text = rows_next(rows) ? rows_text(rows, 0) : NULL;

    text = arena_text(&actor->arena, text == NULL ? "" : text);
    rows_end(rows);
    return text;
}

/* ---- life ---- */

static void
read_settings(struct actor *actor, const char *channel)
{
    if (settings_read(actor->service.settings, &actor->settings, 0, "/nowhere", 1, NULL, stderr)
            .command != COMMAND_RUN)
        abort();
    actor->settings.common.partitions = 1;
    actor->settings.common.retry_max_attempts = 2;
    if (actor->which == AUDIT_NOTIFY)
        actor->settings.notify.channel = channel;
}

static void
open_database(struct actor *actor)
{
    const struct meta meta = { actor->service.name, 0, 1, 1, "" };
    char *error = NULL;
    struct db *db = db_open(":memory:", &actor->log, &error);

    if (db == NULL || meta_open(db, &meta, actor->service.schema, &error) != 0) {
        fprintf(stderr, "%s: %s\n", actor->service.name, error);
        abort();
    }
    meta_set_cluster(db, ACTOR_CLUSTER);
    db_end_cause(db);
    *db_context(db) = (struct db_context){
        .settings = &actor->settings,
        .ids = &actor->ids,
        .source = actor->service.source,
        .shard = { 0, 1, 1 },
    };
    actor->core.db = db;
}

void
actor_open(struct actor *actor, enum audited which, const char *channel)
{
    *actor = (struct actor){ .which = which, .service = *services[which], .clock = clock_manual(ACTOR_EARLY_MS) };
    for (int i = 0; actor->service.reactions[i].handle != NULL; i++)
        actor->reactions[i] = actor->service.reactions[i];
    actor->service.reactions = actor->reactions;
    actor->log = (struct log){ .service = actor->service.name, .clock = &actor->clock, .level = LOG_ERROR, .fd = -1 };
    arena_init(&actor->arena);
    uuid_source_seeded(&actor->ids, (uint64_t)which + 1);
    read_settings(actor, channel);
    open_database(actor);
    actor->core.service = &actor->service;
    actor->core.log = &actor->log;
    actor->how = (struct set_aside){ .core = &actor->core, .group = actor->service.name };
    for (int i = 0; i < ALL_TOPICS; i++)
        actor->how.topic_names[i] = topic_name((enum topic)i);
}

void
actor_close(struct actor *actor)
{
    db_close(actor->core.db);
    arena_release(&actor->arena);
}
