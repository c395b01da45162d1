#include "turns_private.h"

#include "../../../common/store/db.h"
#include "../../../common/store/db_private.h"
#include "../../../common/store/group_commit.h"

#include <stdlib.h>
#include <string.h>

/* ---- the beginning ---- */

static void
open_account(struct actor *actor, int balance)
{
    static const char currency[] = "{\"currency\":\"EUR\"}";
    char deposit[80];

    snprintf(deposit, sizeof(deposit), "{\"currency\":\"EUR\",\"amount\":%d}", balance);
    actor_ask(actor, "request:00000000-0000-7000-8000-000000000001", "PUT", "/accounts/alice", currency, NULL);
    actor_commit(actor);
    actor_ask(actor, "request:00000000-0000-7000-8000-000000000002", "POST", "/accounts/alice/deposits", deposit, "deposit");
    actor_commit(actor);
}

static void
look_at_new(struct turns *turns, struct service_of *service, int snapshot)
{
    if (snapshot < service->seen_count)
        return;
    if (service->seen_count == service->seen_room) {
        service->seen_room = service->seen_room == 0 ? 256 : 2 * service->seen_room;
        service->seen = memory_resize(service->seen, (size_t)service->seen_room, sizeof(*service->seen));
    }
    turns_look(turns, &service->actor, &service->seen[service->seen_count++]);
}

static void
open_service(struct turns *turns, enum audited who, const char *channel, int balance)
{
    struct service_of *service = &turns->services[who];
    struct actor *actor = &service->actor;

    actor_open(actor, who, channel);
    for (int i = 0; actor->reactions[i].handle != NULL; i++)
        actor->reactions[i].handle = turns_handle;
    actor_start(actor);
    if (who == AUDIT_PAYMENT && balance >= 0)
        open_account(actor, balance);
    actor_stop(actor);
    service->snapshots = snapshots_new(actor->core.db->sqlite);
    service->first = snapshots_take(service->snapshots);
    look_at_new(turns, service, service->first);
}

struct turns *
turns_new(struct logs *logs, enum mutant mutant, const char *channel, int balance)
{
    struct turns *turns = memory_new(1, sizeof(*turns));

    turns->logs = logs;
    turns->mutant = mutant;
    arena_init(&turns->arena);
    for (int i = 0; i < AUDITED; i++)
        open_service(turns, (enum audited)i, channel, balance);
    return turns;
}

void
turns_free(struct turns *turns)
{
    for (int i = 0; i < AUDITED; i++) {
        snapshots_free(turns->services[i].snapshots);
        free(turns->services[i].seen);
        actor_close(&turns->services[i].actor);
    }
    arena_release(&turns->arena);
    free(turns->taken);
    free(turns->filled);
    free(turns);
}

int
turns_first(const struct turns *turns, enum audited who)
{
    return turns->services[who].first;
}

/* ---- what was run ---- */

static size_t
slot_of(const struct turns *turns, const struct turn *turn)
{
    const unsigned char *bytes = (const unsigned char *)turn;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t slot;

    for (size_t i = 0; i < sizeof(*turn); i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    slot = (hash ^ hash >> 32) & (turns->room - 1);
    while (turns->filled[slot] && memcmp(&turns->taken[slot].turn, turn, sizeof(*turn)) != 0)
        slot = (slot + 1) & (turns->room - 1);
    return slot;
}

static void
grow(struct turns *turns)
{
    struct turns before = *turns;

    turns->room = before.room == 0 ? 1024 : 2 * before.room;
    turns->taken = memory_new(turns->room, sizeof(*turns->taken));
    turns->filled = memory_new(turns->room, sizeof(*turns->filled));
    for (size_t i = 0; i < before.room; i++)
        if (before.filled[i]) {
            size_t slot = slot_of(turns, &before.taken[i].turn);

            turns->taken[slot] = before.taken[i];
            turns->filled[slot] = true;
        }
    free(before.taken);
    free(before.filled);
}

static struct turned
take(struct turns *turns, const struct turn *turn)
{
    struct service_of *service = &turns->services[turn->who];
    struct turned turned;

    snapshots_restore(service->snapshots, turn->before);
    turned = turns_run(turns, &service->actor, turn);
    turned.after = snapshots_take(service->snapshots);
    look_at_new(turns, service, turned.after);
    return turned;
}

struct turned
turns_take(struct turns *turns, const struct turn *turn)
{
    size_t slot;

    if (2 * turns->count >= turns->room)
        grow(turns);
    slot = slot_of(turns, turn);
    if (!turns->filled[slot]) {
        turns->taken[slot] = (struct taken_turn){ *turn, take(turns, turn) };
        turns->filled[slot] = true;
        turns->count++;
    }
    return turns->taken[slot].turned;
}

/* ---- looking ---- */

const struct seen *
turns_seen(const struct turns *turns, enum audited who, int snapshot)
{
    return &turns->services[who].seen[snapshot];
}

bool
turns_hears(const struct turns *turns, enum audited who, int record)
{
    const struct record *what = logs_record(turns->logs, record);
    const struct service *service = &turns->services[who].actor.service;

    if (what->topic >= TOPICS)
        return strcmp(record_text(what, "kafka_dlt-original-consumer-group"), service->name) == 0;
    return service_reaction(service, envelope_type_parse(record_type(what))) != NULL;
}

struct actor *
turns_restore(struct turns *turns, enum audited who, int snapshot)
{
    snapshots_restore(turns->services[who].snapshots, snapshot);
    return &turns->services[who].actor;
}

int64_t
turns_count(const struct turns *turns)
{
    return (int64_t)turns->count;
}

int64_t
turns_snapshots(const struct turns *turns)
{
    int64_t sum = 0;

    for (int i = 0; i < AUDITED; i++)
        sum += snapshots_count(turns->services[i].snapshots);
    return sum;
}

const char *
turns_order_id(const struct turns *turns)
{
    return turns->order_id;
}
