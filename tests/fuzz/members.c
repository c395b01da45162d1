#include "members.h"

#include "../../common/base/memory.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/meta.h"
#include "../../common/store/metrics.h"
#include "../../notify-svc/service.h"
#include "../../order-svc/service.h"
#include "../../payment-svc/service.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static const struct service *const services[MEMBERS] = {
    [ORDER] = &order_service, [PAYMENT] = &payment_service, [NOTIFY] = &notify_service,
};

static struct member members[MEMBERS];
static struct clock now;
static struct log member_log;

/* ---- opening ---- */

static void
open_database(struct member *member, const struct service *service)
{
    const struct meta meta = { service->name, 0, 1, FUZZ_PARTITIONS, "" };
    char *error = NULL;
    struct db *db = db_open(":memory:", &member_log, &error);

    MUST(db != NULL && meta_open(db, &meta, service->schema, &error) == 0, "%s", error);
    *db_context(db) = (struct db_context){
        .settings = member->settings,
        .ids = &member->ids,
        .source = service->source,
        .shard = { 0, 1, FUZZ_PARTITIONS },
        .metrics = service->metrics == NULL ? NULL : metrics_new(service->metrics),
    };
    member->core = (struct core){ service, &member_log, db, group_new(db, &now) };
}

static void
open_intake(struct member *member)
{
    member->how = (struct set_aside){ .core = &member->core, .group = member->core.service->name };
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        member->how.topic_names[topic] = topic_name((enum topic)topic);
    member->intake = intake_new(&member->core, member->settings, &now, &member->how, NULL);
}

/* One after the other would read the environment of one target in another. */
static void
open_all(void)
{
    now = clock_manual(FUZZ_NOW_MS);
    log_open(&member_log, "fuzz", &now);
    for (int i = 0; i < MEMBERS; i++) {
        struct member *member = &members[i];

        member->settings = fixture_settings(services[i], "/nowhere");
        open_database(member, services[i]);
        open_intake(member);
        fixture_fill(&member->core);
        kept_begin(&member->kept, member->core.db);
        uuid_source_seeded(&member->ids, 1000 + (uint64_t)i);
    }
}

struct member *
member_of(enum which which)
{
    if (members[ORDER].core.db == NULL)
        open_all();
    return &members[which];
}

struct clock *
members_clock(void)
{
    return &now;
}

static void
forget_unknown(struct member *member)
{
    for (int topic = 0; topic < TOPICS; topic++)
        for (int partition = 0; partition < FUZZ_PARTITIONS; partition++)
            intake_resume(member->intake, (enum topic)topic, partition);
}

/* The same input has the same ids and times again. */
void
members_put_back(void)
{
    for (int i = 0; i < MEMBERS; i++) {
        kept_put_back(&members[i].kept);
        forget_unknown(&members[i]);
        uuid_source_seeded(&members[i].ids, 1000 + (uint64_t)i);
    }
    now = clock_manual(FUZZ_NOW_MS);
    log_check(&member_log);
}

/* ---- what they are told ---- */

struct reply
member_ask(struct member *member, struct arena *arena, const char *method, const char *path, const char *body, const char *key)
{
    struct request request = {
        .in = { .id = "request:01900000-0000-7000-8000-0000000000ff", .received_at = clock_now_ms(&now), .data = body,
                .data_size = body == NULL ? 0 : strlen(body) },
        .method = method,
        .path = path,
        .idempotency_key = key,
        .arena = arena,
    };
    const char *allow;
    const struct route *route = service_route(member->core.service, method, path, arena, &request.param, &allow);
    struct reply reply;

    MUST(route != NULL, "no route for %s %s", method, path);
    reply = core_request(&member->core, route, &request);
    MUST(group_commit(member->core.group), "the commit failed: %s", db_failure_text(member->core.db));
    return reply;
}

struct taken
member_hear(struct member *member, const struct record *record)
{
    struct taken taken = intake_record(member->intake, record);

    MUST(group_commit(member->core.group), "the commit failed: %s", db_failure_text(member->core.db));
    db_end_cause(member->core.db);
    return taken;
}
