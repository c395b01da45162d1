#include "partition.h"

#include "../base/memory.h"
#include "../store/position.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BACKOFF_MS = 200, LAST_BACKOFF_MS = 10000, SHORT_US = 60000000 };

rd_kafka_topic_partition_list_t *
partition_list(const struct partition *partition)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, partition->name, partition->number);
    return list;
}

int64_t
partition_begin(struct partition *partition, const struct position *position)
{
    partition_forget(partition);
    if (!partition->halted)
        partition->stopped = NULL;
    partition->end_wanted_ms = 0;
    partition->reported = -1;
    partition->checked = position->next <= 0;
    partition->exact = false;
    partition->short_us = 0;
    partition->durable = position->next;
    strcpy(partition->expected_id, position->last_event_id);
    if (position->next < 0)
        return RD_KAFKA_OFFSET_BEGINNING;
    return position->next > 0 && position->last_event_id[0] != '\0' ? position->next - 1 : position->next;
}

void
partition_begin_at_beginning(struct partition *partition)
{
    partition->exact = true;
    partition->checked = false;
}

bool
partition_seems_short(struct partition *partition, int64_t next, int64_t offset, int64_t now_us)
{
    if (partition->checked || partition->exact || offset >= next)
        return false;
    if (partition->short_us == 0)
        partition->short_us = now_us;
    return now_us - partition->short_us < SHORT_US;
}

const char *
partition_check(struct partition *partition, int64_t next, int64_t offset, const char *id)
{
    if (partition->checked)
        return NULL;
    partition->checked = true;
    partition->short_us = 0;
    if (offset > next)
        return "records_missing";
    if (partition->exact)
        return offset < next ? "log_ends_before_position" : NULL;
    if (offset == next - 1 && partition->expected_id[0] != '\0'
        && (id == NULL || strcmp(id, partition->expected_id) != 0))
        return "other_record_at_position";
    return NULL;
}

struct held {
    rd_kafka_message_t *message;
    struct held *next;
};

static struct held *
held_new(rd_kafka_message_t *message, struct held *next)
{
    struct held *held = memory_new(1, sizeof(*held));

    *held = (struct held){ message, next };
    return held;
}

void
partition_hold_last(struct partition *partition, rd_kafka_message_t *message)
{
    struct held *held = held_new(message, NULL);

    if (partition->oldest == NULL)
        partition->oldest = held;
    else
        partition->newest->next = held;
    partition->newest = held;
}

void
partition_hold_again(struct partition *partition, rd_kafka_message_t *message)
{
    struct held **link = &partition->oldest;

    while (*link != NULL && (*link)->message->offset < message->offset)
        link = &(*link)->next;
    *link = held_new(message, *link);
    if ((*link)->next == NULL)
        partition->newest = *link;
}

rd_kafka_message_t *
partition_take(struct partition *partition)
{
    struct held *held = partition->oldest;
    rd_kafka_message_t *message;

    if (held == NULL)
        return NULL;
    message = held->message;
    partition->oldest = held->next;
    if (partition->oldest == NULL)
        partition->newest = NULL;
    free(held);
    return message;
}

bool
partition_holds(const struct partition *partition)
{
    return partition->oldest != NULL;
}

void
partition_forget(struct partition *partition)
{
    rd_kafka_message_t *message;

    while ((message = partition_take(partition)) != NULL)
        rd_kafka_message_destroy(message);
}

void
partition_back_off(struct partition *partition, int64_t now_us, int again_ms)
{
    int next = partition->backoff_ms == 0 ? FIRST_BACKOFF_MS : 2 * partition->backoff_ms;

    if (again_ms == 0)
        again_ms = partition->backoff_ms = next > LAST_BACKOFF_MS ? LAST_BACKOFF_MS : next;
    partition->again_us = now_us + (int64_t)again_ms * 1000;
}
