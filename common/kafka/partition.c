#include "partition.h"

#include "../base/memory.h"

#include <stdlib.h>

enum { FIRST_BACKOFF_MS = 200, LAST_BACKOFF_MS = 10000 };

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
partition_hold_first(struct partition *partition, rd_kafka_message_t *message)
{
    partition->oldest = held_new(message, partition->oldest);
    if (partition->newest == NULL)
        partition->newest = partition->oldest;
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
partition_back_off(struct partition *partition, int64_t now_us)
{
    int next = partition->backoff_ms == 0 ? FIRST_BACKOFF_MS : 2 * partition->backoff_ms;

    partition->backoff_ms = next > LAST_BACKOFF_MS ? LAST_BACKOFF_MS : next;
    partition->again_us = now_us + (int64_t)partition->backoff_ms * 1000;
}
