#include "cluster.h"

#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/meta.h"
#include "../../common/store/position.h"
#include "diary.h"
#include "kafka.h"
#include "sim.h"

#include <stdlib.h>
#include <string.h>

struct stored {
    const struct record *record;
    int64_t at_ms;
};

struct partition_log {
    struct stored *records;
    int64_t count, room;
};

/* All zero: it is up, in its first life. */
static struct {
    struct partition_log logs[ALL_TOPICS][CLUSTER_PARTITIONS];
    bool away;
    int life;
    char boot_topic[40];
    struct task back;
    int64_t refused_until_us[ALL_TOPICS];
} cluster;

const char *
cluster_id(void)
{
    return "simulated-cluster";
}

const char *
cluster_boot_topic(void)
{
    if (!sim.plan.embedded)
        return NULL;
    snprintf(cluster.boot_topic, sizeof(cluster.boot_topic), "devbroker-boot-%d", cluster.life);
    return cluster.boot_topic;
}

/* ---- logs ---- */

static void *
copy(const void *bytes, size_t size)
{
    return bytes == NULL ? NULL : arena_bytes(&sim.arena, bytes, size);
}

const struct record *
cluster_keep(const struct record *record)
{
    struct record *kept = arena_alloc(&sim.arena, sizeof(*kept));
    struct record_header *headers = arena_alloc(&sim.arena, (size_t)record->header_count * sizeof(*headers) + 1);

    *kept = *record;
    kept->key = copy(record->key, record->key_size);
    kept->value = copy(record->value, record->value_size);
    for (int i = 0; i < record->header_count; i++) {
        const struct record_header *from = &record->headers[i];

        headers[i] = *from;
        headers[i].name = arena_text(&sim.arena, from->name);
        headers[i].value = copy(from->value, from->size);
    }
    kept->headers = headers;
    return kept;
}

int64_t
cluster_end(int topic, int partition)
{
    return cluster.logs[topic][partition].count;
}

const struct record *
cluster_record(int topic, int partition, int64_t offset)
{
    return cluster.logs[topic][partition].records[offset].record;
}

int64_t
cluster_appended_ms(int topic, int partition, int64_t offset)
{
    return cluster.logs[topic][partition].records[offset].at_ms;
}

/* Who sends a dead letter is in its headers. */
static void
note(int topic, const struct record *record)
{
    const char *order_id = record_text(record, "ce_subject"), *source = record_text(record, "ce_source");
    const char *group = record_text(record, "kafka_dlt-original-consumer-group");

    if (order_id == NULL || source == NULL)
        return;
    diary_arrow(diary_column(member_named(group == NULL ? source + 1 : group)), COLUMN_BROKER, order_id,
                topic < TOPICS ? record_type(record) : topic_name((enum topic)topic));
}

void
cluster_append(int topic, int partition, const struct record *record)
{
    struct partition_log *log = &cluster.logs[topic][partition];

    sim.tally.appended++;
    if (log->count == log->room) {
        log->room = log->room == 0 ? 64 : 2 * log->room;
        log->records = memory_resize(log->records, (size_t)log->room, sizeof(*log->records));
    }
    log->records[log->count++] = (struct stored){ record, clock_now_ms(&sim.clock) };
    sim_trace("broker", "%s/%d offset %lld: %s %s of %.*s", topic_name((enum topic)topic), partition,
              (long long)log->count - 1, record_type(record), record_id(record), (int)record->key_size, record->key);
    note(topic, record);
    kafka_on_append(topic, partition);
}

/* ---- refusals ---- */

void
cluster_refuse_topic(int topic, int64_t for_us)
{
    cluster.refused_until_us[topic] = sim_now_us() + for_us;
}

bool
cluster_refuses_topic(int topic)
{
    return !sim.healed && cluster.refused_until_us[topic] > sim_now_us();
}

bool
cluster_refuses(const struct record *record)
{
    const char *id = record_id(record);

    return id != NULL && sim_is_cursed(MISHAP_REFUSED_RECORD, id, 0);
}

/* ---- up and down ---- */

bool
cluster_is_up(void)
{
    return !cluster.away;
}

int
cluster_life(void)
{
    return cluster.life;
}

static void
come_back(void *context)
{
    (void)context;
    cluster.away = false;
    sim_trace("broker", "is back");
    diary_note(COLUMN_BROKER, '*', NULL, "is back");
    kafka_on_broker_back();
}

void
cluster_come_back(void)
{
    agenda_remove(&sim.agenda, &cluster.back);
    if (cluster.away)
        come_back(NULL);
}

static void
forget_everything(void)
{
    cluster.life++;
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int i = 0; i < CLUSTER_PARTITIONS; i++)
            cluster.logs[topic][i].count = 0;
}

void
cluster_go_away(int64_t for_us, bool empty)
{
    if (cluster.away)
        return;
    sim_trace("broker", "is away for %lld ms%s", (long long)for_us / 1000, empty ? ", and forgets everything" : "");
    diary_note(COLUMN_BROKER, 'X', NULL, empty ? "is away, and forgets everything" : "is away");
    cluster.away = true;
    if (empty)
        forget_everything();
    cluster.back.run = come_back;
    agenda_put(&sim.agenda, &cluster.back, sim_now_us() + for_us);
    kafka_on_broker_gone();
}

/* ---- who has read what ---- */

static bool
has_read(struct member *member, int topic, int partition, int64_t older_than_ms)
{
    static const char sql[] = "SELECT next_offset FROM position WHERE topic = :topic AND partition = :partition";
    const struct partition_log *log = &cluster.logs[topic][partition];
    int64_t next;

    if (!service_hears(&member->service, (enum topic)(topic % TOPICS)))
        return true;
    next = db_number(member->db, sql,
                     FIELDS(TEXT("topic", topic_name((enum topic)topic)), INT("partition", partition)), 0);
    return next >= log->count || log->records[next].record->timestamp >= older_than_ms;
}

/* Its positions are those of this life's logs. */
static bool
knows_this_life(struct member *member)
{
    char identity[80];
    const char *known = meta_cluster(member->db);
    bool same;

    snprintf(identity, sizeof(identity), "%s/%s", cluster_id(), cluster_boot_topic());
    same = known != NULL && strcmp(known, identity) == 0;
    if (!group_is_open(member->group))
        db_end_cause(member->db);
    return same;
}

bool
cluster_is_read(int64_t older_than_ms)
{
    for (int i = 0; i < MEMBERS; i++)
        if (sim.members[i].node == NULL || !knows_this_life(&sim.members[i]))
            return false;
    for (int i = 0; i < MEMBERS; i++)
        for (int topic = 0; topic < ALL_TOPICS; topic++)
            for (int partition = 0; partition < sim.plan.partitions; partition++)
                if ((topic >= TOPICS || shard_owns(&sim.plan.shard, partition))
                    && !has_read(&sim.members[i], topic, partition, older_than_ms))
                    return false;
    return true;
}

void
cluster_release(void)
{
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int i = 0; i < CLUSTER_PARTITIONS; i++)
            free(cluster.logs[topic][i].records);
}
