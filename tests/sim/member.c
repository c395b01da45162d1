#include "member.h"

#include "../../common/kafka/consumer.h"
#include "../../common/room.h"
#include "../../common/running.h"
#include "../../common/store/db_private.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/meta.h"
#include "../../common/store/parked.h"
#include "../../common/store/position.h"
#include "../../notify-svc/service.h"
#include "../../order-svc/service.h"
#include "../../payment-svc/service.h"
#include "cluster.h"
#include "hooks.h"
#include "loop.h"
#include "sim.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESTART_US = 2000000, LONG_ABSENCE_US = 1200000000, SOME_PAGES = 2 };

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

struct sqlite3 *
member_sqlite(const struct member *member)
{
    return member->db->sqlite;
}

/* ---- death ---- */

void
member_kill(struct member *member, const char *why)
{
    if (member->dead)
        return;
    member->dead = true;
    sim_trace(member->name, "killed %s", why);
}

void
member_crash_point(struct member *member, const char *where)
{
    if (member->node != NULL && !member->dead && sim_strikes(MISHAP_KILL))
        member_kill(member, where);
}

/* A dead process commits nothing; and one that lives may be refused. */
static int
on_commit(void *context)
{
    struct member *member = context;

    member_crash_point(member, "before its COMMIT");
    if (member->dead)
        return 1;
    if (!sim_strikes(MISHAP_COMMIT))
        return 0;
    sim_trace(member->name, "its COMMIT fails");
    return 1;
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
    int64_t away_us = chance_between(&sim.chance, 1000, RESTART_US);

    count_what_it_did(member);
    node_stop(member->node);
    group_free(member->group);
    member->group = NULL;
    room_free(member->node->room);
    free(member->node);
    member->node = NULL;
    db_end_cause(member->db);
    db_rollback(member->db);
    db_forget_failure(member->db);
    if (sim_strikes(MISHAP_LONG_ABSENCE))
        away_us = chance_between(&sim.chance, 1000000, LONG_ABSENCE_US);
    agenda_put(&sim.agenda, &member->start, sim_now_us() + away_us);
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
        .partitions = sim.plan.partitions,
    };
}

/* As daemon.c does. */
static void
open_database(struct member *member)
{
    const struct meta meta = { member->name, 0, 1, sim.plan.partitions, "" };
    char *error = NULL;

    if (member->db == NULL)
        member->db = db_open(":memory:", &member->log, &error);
    if (member->db != NULL && meta_open(member->db, &meta, member->service.schema, &error) == 0)
        return;
    fprintf(stderr, "%s: %s\n", member->name, error);
    abort();
}

static void
start(void *context)
{
    struct member *member = context;
    struct node *node = memory_new(1, sizeof(*node));
    char *error = NULL;

    sim_trace(member->name, "starts");
    open_database(member);
    member->dead = false;
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

/* Rows that are moved to outbox_parked, or from there to the end of the outbox, are in two places then; pruned ones in
 * none but this. */
static void
keep_pruned(struct member *member)
{
    static const char sql[] =
        "CREATE TEMP TABLE pruned AS SELECT * FROM outbox;"
        "CREATE TEMP TRIGGER keep_pruned AFTER DELETE ON main.outbox"
        " BEGIN INSERT INTO pruned VALUES (old.seq, old.event_id, old.type, old.subject, old.partition, old.sequence,"
        " old.causation, old.traceparent, old.said_at, old.data, old.packed); END";

    if (db_script(member->db, sql) != 0)
        abort();
}

void
member_restore_pruned(struct member *member)
{
    static const char sql[] =
        "INSERT INTO outbox SELECT * FROM pruned WHERE event_id NOT IN (SELECT event_id FROM outbox)"
        "   AND event_id NOT IN (SELECT event_id FROM outbox_parked)"
        "   AND seq IN (SELECT max(seq) FROM pruned GROUP BY event_id)";        /* it may have been parked in between */

    if (db_script(member->db, sql) != 0)
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
    open_database(member);
    keep_pruned(member);
    sqlite3_exec(member->db->sqlite, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    sqlite3_commit_hook(member->db->sqlite, on_commit, member);
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

void
member_fill_disk(struct member *member, bool full)
{
    int64_t pages = 1000000000;
    char sql[60];

    member->disk_is_full = full;
    if (full)
        pages = db_number(member->db, "PRAGMA page_count", NULL, 0) + chance_between(&sim.chance, 0, SOME_PAGES);
    snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld", (long long)pages);
    sqlite3_exec(member->db->sqlite, sql, NULL, NULL, NULL);
    sim_trace(member->name, full ? "its disk is full" : "its disk has room again");
}

/* ---- rest ---- */

static const char *
unread(struct member *member)
{
    static char text[100];
    struct partition_state state;

    for (int i = 0; consumer_partition(member->node->consumer, i, &state); i++) {
        int64_t next = positions_get(member->node->positions, state.topic, state.partition)->next;

        if (state.stopped == NULL && next >= cluster_end((int)state.topic, state.partition))
            continue;
        snprintf(text, sizeof(text), "%s/%d is read up to %lld of %lld: %s", topic_name(state.topic), state.partition,
                 (long long)next, (long long)cluster_end((int)state.topic, state.partition),
                 state.stopped == NULL ? "lags" : state.stopped);
        return text;
    }
    return NULL;
}

const char *
member_unrest(struct member *member)
{
    static const char unsent[] = "SELECT (SELECT coalesce(max(seq), 0) FROM outbox) > (SELECT seq FROM relay_cursor)";
    static const char untold[] = "SELECT count(*) FROM notification WHERE status = 'PENDING'";
    static const char undecided[] = "SELECT count(*) FROM orders WHERE status = 'CREATED'";

    if (member->node == NULL)
        return "does not run";
    if (group_is_open(member->group) || relay_dirty(member->node->relay) || positions_dirty(member->node->positions))
        return "has a commit to do";
    if (!broker_is_known(member->node->broker))
        return broker_trouble(member->node->broker);
    if (db_number(member->db, unsent, NULL, 1) != 0 || parked_count(member->db) > 0)
        return "has something to say";
    if (member->original == &notify_service && db_number(member->db, untold, NULL, 1) != 0)
        return "has customers to tell";
    if (member->original == &order_service && db_number(member->db, undecided, NULL, 1) != 0)
        return "has orders that nobody has decided";
    return unread(member);
}
