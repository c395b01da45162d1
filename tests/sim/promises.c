#include "promises.h"

#include "../../common/base/text.h"
#include "../../common/store/db.h"
#include "../../common/store/position.h"
#include "cluster.h"
#include "diary.h"
#include "receiver.h"
#include "sim.h"

#include <stdlib.h>
#include <string.h>

/* ---- expiry ---- */

/* The end of the partition was asked for at timer->received_at: what the log had then has been read. */
static bool
is_unread(const struct member *member, const struct envelope *timer, const char *order_id)
{
    int64_t next = positions_get(member->node->positions, PAYMENTS, timer->partition)->next;

    for (int64_t i = next < 0 ? 0 : next; i < cluster_end(PAYMENTS, timer->partition); i++) {
        const struct record *record = cluster_record(PAYMENTS, timer->partition, i);

        if (cluster_appended_ms(PAYMENTS, timer->partition, i) < timer->received_at
            && strcmp(record_type(record), "payment.completed") == 0
            && memcmp(record->key, order_id, record->key_size) == 0)
            return true;
    }
    return false;
}

void
check_expiry(struct member *member, const struct envelope *timer)
{
    static const char sql[] = "SELECT order_id FROM order_history WHERE cause = :cause";
    struct rows *rows = db_select(member->db, sql, FIELDS(TEXT("cause", timer->id)));

    while (rows_next(rows)) {
        const char *order_id = rows_text(rows, 0);

        diary_note(diary_column(member), '*', order_id, "the order expires");
        if (is_unread(member, timer, order_id))
            sim_complain(order_id, "it expires, and its payment is in the log");
    }
}

/* ---- giving up ---- */

static bool
may(enum mishap mishap)
{
    return sim.plan.faults >> mishap & 1;
}

static void
check_letters(struct member *member, bool excused)
{
    static const char sql[] = "SELECT state, reason, ifnull(type, 'a record'), subject FROM dead_letter";
    struct rows *rows = db_select(member->db, sql, NULL);

    while (rows_next(rows)) {
        const char *reason = rows_text(rows, 1), *type = rows_text(rows, 2), *subject = rows_text(rows, 3);

        if (strcmp(rows_text(rows, 0), "OPEN") == 0)
            sim_complain(subject, "%s can never handle %s: %s", member->name, type, reason);
        else if (!excused)
            sim_complain(subject, "%s gave up %s: %s", member->name, type, reason);
    }
    db_end_cause(member->db);
}

void
check_given_up(void)
{
    static const char refused[] = "SELECT count(*) FROM outbox_parked WHERE state = 'PARKED' OR state = 'ABANDONED'";
    bool events_fail = may(MISHAP_RETRY) || may(MISHAP_STUCK_EVENT) || may(MISHAP_REFUSED_EVENT) || may(MISHAP_SEGV);

    for (int i = 0; i < MEMBERS; i++) {
        struct member *member = &sim.members[i];

        check_letters(member, events_fail);
        if (!may(MISHAP_REFUSED_RECORD) && db_number(member->db, refused, NULL, 0) > 0)
            sim_complain(NULL, "%s has parked what the broker never refused", member->name);
    }
}

/* ---- webhooks ---- */

void
check_webhooks(void)
{
    static const char sql[] =
        "SELECT order_id, kind, notification_id FROM notification WHERE channel = 'webhook' AND status = 'SENT'";
    struct member *member = &sim.members[AUDIT_NOTIFY];
    struct rows *rows = db_select(member->db, sql, NULL);

    while (rows_next(rows))
        if (!receiver_has(rows_text(rows, 2)))
            sim_complain(rows_text(rows, 0), "its customer counts as told that it is %s, and has received nothing",
                         rows_text(rows, 1));
    db_end_cause(member->db);
}

/* ---- order ---- */

/* Of each key the highest version in the log so far. A version is said once; in a log it may stand again. */
struct key {
    const char *key;
    int64_t version;
};

static struct key *
find(struct key *keys, int *count, const struct record *record)
{
    for (int i = 0; i < *count; i++)
        if (memcmp(keys[i].key, record->key, record->key_size) == 0)
            return &keys[i];
    keys[*count] = (struct key){ record->key, 0 };
    return &keys[(*count)++];
}

static void
check_log(int topic, int partition)
{
    int64_t end = cluster_end(topic, partition), version;
    struct key *keys = memory_new((size_t)end + 1, sizeof(*keys));
    int count = 0;

    for (int64_t i = 0; i < end; i++) {
        const struct record *record = cluster_record(topic, partition, i);
        struct key *key = find(keys, &count, record);

        text_parse_int(record_text(record, "ce_sequence"), 0, INT64_MAX, &version);
        if (version > key->version + 1)
            sim_complain(record->key, "%s overtakes what was said before it", record_type(record));
        if (version > key->version)
            key->version = version;
    }
    free(keys);
}

/* A broker that has lost its memory gets what was under way first, and then all of it. What was abandoned leaves a gap;
 * notifications have no versions. */
void
check_order_of_logs(void)
{
    if (may(MISHAP_MEMORY_LOSS) || may(MISHAP_REFUSED_RECORD))
        return;
    for (int partition = 0; partition < sim.plan.partitions; partition++) {
        check_log(ORDERS, partition);
        check_log(PAYMENTS, partition);
    }
}
