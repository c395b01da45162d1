#include "position.h"

#include "../base/memory.h"
#include "db.h"

#include <stdlib.h>
#include <string.h>

struct slot {
    struct position now, stored;
    bool dirty;
};

struct positions {
    struct db *db;
    int partitions;
    bool dirty;
    struct slot slots[];      /* topic × partition */
};

static struct slot *
slot_of(struct positions *positions, enum topic topic, int partition)
{
    return &positions->slots[(int)topic * positions->partitions + partition];
}

struct positions *
positions_new(struct db *db, int partitions)
{
    size_t slots = (size_t)(ALL_TOPICS * partitions);
    struct positions *positions = memory_new(1, sizeof(*positions) + slots * sizeof(struct slot));

    positions->db = db;
    positions->partitions = partitions;
    positions_load(positions);
    return positions;
}

void
positions_free(struct positions *positions)
{
    free(positions);
}

static void
forget(struct positions *positions)
{
    positions->dirty = false;
    for (int i = 0; i < ALL_TOPICS * positions->partitions; i++) {
        struct slot *slot = &positions->slots[i];

        memset(slot, 0, sizeof(*slot));
        slot->now.next = slot->stored.next = -1;
    }
}

void
positions_load(struct positions *positions)
{
    static const char sql[] = "SELECT topic, partition, next_offset, last_event_id FROM position";
    struct rows *rows;

    forget(positions);
    rows = db_select(positions->db, sql, NULL);
    while (rows_next(rows)) {
        int64_t partition = rows_int(rows, 1);
        const char *last = rows_text(rows, 3);
        enum topic topic;
        struct slot *slot;

        if (topic_parse(rows_text(rows, 0), &topic) != 0 || partition < 0 || partition >= positions->partitions)
            continue;       /* of a later version; the partition count itself is checked by meta */
        slot = slot_of(positions, topic, (int)partition);
        slot->now.next = rows_int(rows, 2);
        if (last != NULL && strlen(last) < UUID_TEXT)
            strcpy(slot->now.last_event_id, last);
        slot->stored = slot->now;
    }
    db_end_cause(positions->db);
}

const struct position *
positions_get(const struct positions *positions, enum topic topic, int partition)
{
    return &positions->slots[(int)topic * positions->partitions + partition].now;
}

void
positions_pass(struct positions *positions, enum topic topic, int partition, int64_t offset, const char *event_id)
{
    struct slot *slot = slot_of(positions, topic, partition);

    slot->now.next = offset + 1;
    slot->now.last_event_id[0] = '\0';
    if (event_id != NULL && strlen(event_id) < UUID_TEXT)
        strcpy(slot->now.last_event_id, event_id);
    slot->dirty = true;
    positions->dirty = true;
}

bool
positions_dirty(const struct positions *positions)
{
    return positions->dirty;
}

static void
store(struct positions *positions, enum topic topic, int partition, const struct position *position)
{
    static const char sql[] =
        "INSERT INTO position (topic, partition, next_offset, last_event_id)"
        " VALUES (:topic, :partition, :next_offset, :last_event_id)"
        " ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset, last_event_id = excluded.last_event_id";
    const char *last = position->last_event_id;

    db_run(positions->db, sql,
           FIELDS(TEXT("topic", topic_name(topic)), INT("partition", partition), INT("next_offset", position->next),
                  TEXT("last_event_id", last[0] == '\0' ? NULL : last)));
}

void
positions_before_commit(void *context)
{
    struct positions *positions = context;

    if (!positions->dirty)
        return;
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int partition = 0; partition < positions->partitions; partition++) {
            struct slot *slot = slot_of(positions, (enum topic)topic, partition);

            if (slot->dirty && slot->now.next >= 0)
                store(positions, (enum topic)topic, partition, &slot->now);
        }
    db_point(positions->db, POINT_POSITIONS_WRITTEN);
}

void
positions_after_commit(void *context, bool committed)
{
    struct positions *positions = context;

    if (!positions->dirty)
        return;
    positions->dirty = false;
    for (int i = 0; i < ALL_TOPICS * positions->partitions; i++) {
        struct slot *slot = &positions->slots[i];

        if (!slot->dirty)
            continue;
        slot->dirty = false;
        if (committed)
            slot->stored = slot->now;
        else
            slot->now = slot->stored;
    }
}

void
positions_reset(struct positions *positions)
{
    static const char sql[] = "DELETE FROM position";

    /* If the turn is lost, what is stored holds again. */
    db_run(positions->db, sql, NULL);
    for (int i = 0; i < ALL_TOPICS * positions->partitions; i++) {
        positions->slots[i].now = (struct position){ .next = -1 };
        positions->slots[i].dirty = true;
    }
    positions->dirty = true;
}
