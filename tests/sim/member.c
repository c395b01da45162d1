#include "member.h"

#include "../../common/room.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../notify-svc/service.h"
#include "../../order-svc/service.h"
#include "../../payment-svc/service.h"
#include "diary.h"
#include "hooks.h"
#include "loop.h"
#include "sim.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { RESTART_US = 2000000, LONG_ABSENCE_US = 1200000000 };

static const struct service *const services[MEMBERS] = {
    [AUDIT_ORDER] = &order_service, [AUDIT_PAYMENT] = &payment_service, [AUDIT_NOTIFY] = &notify_service,
};

/* ---- who is who ---- */

struct member *
member_named(const char *name)
{
    struct member *member = sim.members;

    while (strcmp(member->name, name) != 0)
        member++;
    return member;
}

struct member *
member_of(struct db *db)
{
    struct member *member = sim.members;

    while (member->db != db)
        member++;
    return member;
}

struct member *
member_on(const struct event_base *base)
{
    struct member *member = sim.members;

    while (member->node == NULL || member->node->base != base)
        member++;
    return member;
}

/* ---- death ---- */

void
member_kill(struct member *member, const char *why)
{
    if (member->dead)
        return;
    member->dead = true;
    sim_trace(member->name, "killed %s", why);
    diary_note(diary_column(member), 'X', NULL, arena_format(&sim.arena, "killed %s", why));
}

void
member_crash_point(struct member *member, const char *where)
{
    if (member->node != NULL && !member->dead && sim_strikes(MISHAP_KILL))
        member_kill(member, where);
}

void
member_start_later(struct member *member)
{
    int64_t away_us = chance_between(&sim.chance, 1000, RESTART_US);

    if (sim_strikes(MISHAP_LONG_ABSENCE))
        away_us = chance_between(&sim.chance, 1000000, LONG_ABSENCE_US);
    agenda_put(&sim.agenda, &member->start, sim_now_us() + away_us);
}

static void
count_what_it_did(const struct member *member)
{
    const struct intake_stats *stats = intake_stats(member->node->intake);

    sim.tally.dead_letters += (int64_t)stats->dead_letters;
    for (int type = 0; type < ENVELOPE_TYPES; type++)
        sim.tally.duplicates += (int64_t)stats->handled[type][HANDLED_BEFORE];
}

/* What is in memory goes; what was not committed was never there. */
static void
take_away(struct member *member)
{
    count_what_it_did(member);
    node_stop(member->node);
    member_leave_database(member);
    group_free(member->group);
    member->group = NULL;
    room_free(member->node->room);
    free(member->node);
    member->node = NULL;
    member_start_later(member);
}

void
member_settle(struct member *member)
{
    if (member->node != NULL && (member->dead || loop_is_broken(member->node->base)))
        take_away(member);
}

bool
member_stop(struct member *member)
{
    if (member->node == NULL)
        return false;
    sim_trace(member->name, "SIGTERM");
    diary_note(diary_column(member), 'X', NULL, "SIGTERM");
    loop_signal(member->node->base, SIGTERM);
    return true;
}

/* ---- life ---- */

static void
fill_context(struct member *member)
{
    *db_context(member->db) = (struct db_context){
        .settings = &member->settings,
        .ids = &member->ids,
        .source = member->service.source,
        .shard = sim.plan.shard,
    };
}

static void
start(void *context)
{
    struct member *member = context;
    struct node *node;
    char *error = NULL;

    sim_trace(member->name, "starts");
    diary_note(diary_column(member), '*', NULL, "starts");
    member->dead = false;
    if (!member_take_database(member))
        return;
    node = memory_new(1, sizeof(*node));
    member->node = node;
    member->group = group_new(member->db, &sim.clock);
    member->watched_count = 0;
    fill_context(member);
    node->service = &member->service;
    node->settings = &member->settings.common;
    node->log = &member->log;
    node->clock = &sim.clock;
    node->room = room_new(node->settings, member->name, &member->log);
    node->core = (struct core){ &member->service, &member->log, member->db, member->group };
    if (node_start(node, &error) == 0)
        return;
    fprintf(stderr, "%s cannot start: %s\n", member->name, error);
    abort();
}

static void
set(const char *name, int64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)value);
    setenv(name, text, 0);
}

/* The defaults of the service, but for what the plan says. The environment, which is empty otherwise, keeps the texts. */
static void
read_settings(struct member *member)
{
    set("PARTITIONS", sim.plan.partitions);
    set("SHARD", sim.plan.shard.index);
    set("SHARDS", sim.plan.shard.count);
    set("OUTBOX_RETENTION_S", sim.plan.retention_s);
    set("RETRY_MAX_ATTEMPTS", sim.plan.max_attempts);
    set("PAY_WITHIN", sim.plan.pay_within_s);
    setenv("NOTIFY_CHANNEL", sim.plan.webhook ? "webhook" : "console", 0);
    setenv("WEBHOOK_URL", "http://receiver/", 0);
    set("WEBHOOK_MAX_TRIES", 6);
    setenv("DLT_PARTITION", sim.plan.one_dlt_partition ? "0" : "same", 0);
    if (settings_read(member->original->settings, &member->settings, 0, "/nowhere", 1, NULL, stderr).command
        != COMMAND_RUN)
        abort();
}

void
member_open(struct member *member, int which)
{
    member->original = services[which];
    member->name = member->original->name;
    member->log = (struct log){ .service = member->name, .clock = &sim.clock, .level = LOG_INFO,
                                .fd = sim.trace == NULL ? -1 : fileno(sim.trace) };
    member->start = (struct task){ .run = start, .context = member };
    uuid_source_seeded(&member->ids, (uint64_t)sim.plan.seed * MEMBERS + (uint64_t)which);
    read_settings(member);
    hooks_install(member);
    member_open_database(member);
    agenda_put(&sim.agenda, &member->start, sim_soon(0, RESTART_US));
}

void
member_close(struct member *member)
{
    member->dead = true;
    if (member->node != NULL)
        take_away(member);
    agenda_remove(&sim.agenda, &member->start);
    db_close(member->db);
}
