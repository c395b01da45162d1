#include "logs.h"

#include "../../../common/base/memory.h"

#include <stdlib.h>
#include <string.h>

struct known {
    struct record record;
    const char *packed;
    size_t size;
};

/* A log is another one and a record behind it. */
struct log_node {
    int before, record, length;
    int longer, other;           /* the first log that goes on from here, the next one that goes on from `before`; 0: none */
};

struct logs {
    struct arena arena;
    struct known *records;
    struct log_node *nodes;
    int record_count, node_count;
};

struct logs *
logs_new(void)
{
    struct logs *logs = memory_new(1, sizeof(*logs));

    arena_init(&logs->arena);
    logs->nodes = memory_new(1, sizeof(*logs->nodes));
    logs->node_count = 1;
    return logs;
}

void
logs_free(struct logs *logs)
{
    arena_release(&logs->arena);
    free(logs->records);
    free(logs->nodes);
    free(logs);
}

/* ---- records ---- */

/* Its strings become the arena's, by way of the packed bytes. */
static int
add_record(struct logs *logs, const struct record *record, const char *packed, size_t size)
{
    struct known *known;

    logs->records = memory_resize(logs->records, (size_t)logs->record_count + 1, sizeof(*logs->records));
    known = &logs->records[logs->record_count];
    *known = (struct known){ .record = *record, .packed = packed, .size = size };
    if (record_unpack(packed, size, &logs->arena, &known->record) != 0)
        abort();
    return logs->record_count++;
}

int
logs_record_number(struct logs *logs, const struct record *record)
{
    size_t size;
    const char *packed = record_pack(record, &logs->arena, &size);

    for (int i = 0; i < logs->record_count; i++)
        if (logs->records[i].record.topic == record->topic && logs->records[i].size == size
            && memcmp(logs->records[i].packed, packed, size) == 0)
            return i;
    return add_record(logs, record, packed, size);
}

const struct record *
logs_record(const struct logs *logs, int number)
{
    return &logs->records[number].record;
}

/* ---- logs ---- */

int
logs_append(struct logs *logs, int log, int record)
{
    struct log_node *nodes = logs->nodes;
    int next = nodes[log].longer;

    while (next != 0 && nodes[next].record != record)
        next = nodes[next].other;
    if (next != 0)
        return next;
    logs->nodes = nodes = memory_resize(nodes, (size_t)logs->node_count + 1, sizeof(*nodes));
    nodes[logs->node_count] = (struct log_node){ log, record, nodes[log].length + 1, 0, nodes[log].longer };
    nodes[log].longer = logs->node_count;
    return logs->node_count++;
}

int
logs_length(const struct logs *logs, int log)
{
    return logs->nodes[log].length;
}

int
logs_at(const struct logs *logs, int log, int offset)
{
    while (logs->nodes[log].length > offset + 1)
        log = logs->nodes[log].before;
    return logs->nodes[log].record;
}
