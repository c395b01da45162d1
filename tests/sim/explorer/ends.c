#include "ends.h"

#include "../../../common/base/memory.h"
#include "../../../common/store/db.h"
#include "../../../common/store/db_private.h"
#include "../../../order-svc/order_store.h"
#include "../../audit/print.h"

#include <stdlib.h>
#include <string.h>

/* An end as it was judged: what is left when ids, times and positions do not count. Compared as bytes. */
struct essence {
    uint64_t databases[AUDITED];
    uint64_t logs;
    uint64_t told;
};

struct ends {
    const struct rules *rules;
    struct essence *judged;      /* by hash */
    bool *filled;
    size_t count, room;          /* room is a power of two */
    int64_t all, with[ORDER_STATUSES + 1];
};

struct ends *
ends_new(const struct rules *rules)
{
    struct ends *ends = memory_new(1, sizeof(*ends));

    ends->rules = rules;
    return ends;
}

void
ends_free(struct ends *ends)
{
    free(ends->judged);
    free(ends->filled);
    free(ends);
}

/* ---- which were judged ---- */

static uint64_t
add_text(uint64_t hash, const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

static struct essence
essence_of(const struct ends *ends, const struct world *world)
{
    const struct logs *logs = ends->rules->logs;
    struct essence essence = { .logs = UINT64_C(0xcbf29ce484222325), .told = world->cancellation };

    for (int i = 0; i < AUDITED; i++)
        essence.databases[i] = turns_seen(ends->rules->turns, (enum audited)i, world->database[i])->essence;
    for (int topic = 0; topic < ALL_TOPICS; topic++) {
        essence.logs = add_text(essence.logs, "/");
        for (int i = 0; i < logs_length(logs, world->log[topic]); i++) {
            const struct record *record = logs_record(logs, logs_at(logs, world->log[topic], i));

            essence.logs = add_text(add_text(essence.logs, record_type(record)), record_text(record, "ce_sequence"));
        }
    }
    return essence;
}

static size_t
slot_of(const struct ends *ends, const struct essence *essence)
{
    uint64_t hash = essence->logs ^ essence->databases[0] * 3 ^ essence->databases[1] * 5 ^ essence->databases[2] * 7;
    size_t slot = (hash ^ hash >> 32) & (ends->room - 1);

    while (ends->filled[slot] && memcmp(&ends->judged[slot], essence, sizeof(*essence)) != 0)
        slot = (slot + 1) & (ends->room - 1);
    return slot;
}

static void
put(struct ends *ends, const struct essence *essence)
{
    size_t slot = slot_of(ends, essence);

    ends->judged[slot] = *essence;
    ends->filled[slot] = true;
}

static void
grow(struct ends *ends)
{
    struct ends before = *ends;

    ends->room = before.room == 0 ? 1024 : 2 * before.room;
    ends->judged = memory_new(ends->room, sizeof(*ends->judged));
    ends->filled = memory_new(ends->room, sizeof(*ends->filled));
    for (size_t i = 0; i < before.room; i++)
        if (before.filled[i])
            put(ends, &before.judged[i]);
    free(before.judged);
    free(before.filled);
}

/* ---- judging ---- */

static void
tell_records(struct audit *audit, const struct logs *logs, const struct world *world)
{
    audit_broker(audit, ACTOR_CLUSTER);
    for (int topic = 0; topic < ALL_TOPICS; topic++) {
        int length = logs_length(logs, world->log[topic]);

        audit_log(audit, (enum topic)topic, 0, 0, length);
        for (int i = 0; i < length; i++) {
            struct record record = *logs_record(logs, logs_at(logs, world->log[topic], i));

            record.offset = i;
            audit_record(audit, &record);
        }
    }
}

static int64_t
ask_auditor(struct ends *ends, struct audit *audit, const struct world *world, FILE *out)
{
    struct report report;
    struct audit_listener listener = report_listener(&report);
    char *error = NULL;
    int64_t found = 0;

    report_init(&report, false);
    for (int i = 0; i < AUDITED && found == 0; i++) {
        struct actor *actor = turns_restore(ends->rules->turns, (enum audited)i, world->database[i]);

        found = audit_copy(audit, (enum audited)i, actor->core.db->sqlite, &error);
    }
    tell_records(audit, ends->rules->logs, world);
    audit_told(audit, "acknowledged", turns_order_id(ends->rules->turns), "order");
    if (found == 0)
        found = audit_run(audit, QUIET | EVENTS | HISTORY | RECORDS, 0, &listener, &error);
    if (found < 0)
        fprintf(out, "FAIL  %s\n", error);
    if (found > 0)
        findings_print(&(struct findings){ &report, 1, &audit, 1 }, out, false);
    free(error);
    report_release(&report);
    return found < 0 ? 1 : found;
}

/* An answer to a cancellation is a promise. */
static int64_t
check_told(const struct world *world, enum order_status status, FILE *out)
{
    bool cancelled = status == ORDER_IS_CANCELLED || status == ORDER_IS_REFUNDED;

    if ((world->cancellation == TOLD_DONE && !cancelled)
        || (world->cancellation == TOLD_CONFLICT && status != ORDER_IS_REJECTED)) {
        fprintf(out, "FAIL  the cancellation was answered with %d, and the order is %s\n",
                world->cancellation == TOLD_DONE ? 200 : 409,
                status == ORDER_STATUSES ? "not there" : order_status_name(status));
        return 1;
    }
    return 0;
}

static int64_t
judge(struct ends *ends, const struct world *world, FILE *out)
{
    struct audit *audit = audit_new();
    int64_t found = ask_auditor(ends, audit, world, out);
    struct actor *actor = turns_restore(ends->rules->turns, AUDIT_ORDER, world->database[AUDIT_ORDER]);
    enum order_status status = order_status(actor->core.db, turns_order_id(ends->rules->turns));

    db_end_cause(actor->core.db);
    audit_free(audit);
    ends->with[status]++;
    return found + check_told(world, status, out);
}

int64_t
ends_judge(struct ends *ends, const struct world *world, FILE *out)
{
    struct essence essence = essence_of(ends, world);

    ends->all++;
    if (2 * ends->count >= ends->room)
        grow(ends);
    if (ends->filled[slot_of(ends, &essence)])
        return 0;
    put(ends, &essence);
    ends->count++;
    return judge(ends, world, out);
}

int64_t
ends_count(const struct ends *ends)
{
    return ends->all;
}

int64_t
ends_judged(const struct ends *ends)
{
    return (int64_t)ends->count;
}

int64_t
ends_with(const struct ends *ends, enum order_status status)
{
    return ends->with[status];
}
