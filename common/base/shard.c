#include "shard.h"

#include "murmur2.h"
#include "settings.h"

#include <string.h>

struct shard
shard_of_settings(const struct settings *settings)
{
    return (struct shard){ (int)settings->shard, (int)settings->shards, (int)settings->partitions };
}

int
shard_partition(const struct shard *shard, const char *order_id)
{
    return murmur2_partition(order_id, strlen(order_id), shard->partitions);
}

/* The number may come from a header that somebody else wrote: below 0 it has an owner, too. */
int
shard_of_partition(const struct shard *shard, int partition)
{
    return (partition % shard->count + shard->count) % shard->count;
}

int
shard_of_order(const struct shard *shard, const char *order_id)
{
    return shard_of_partition(shard, shard_partition(shard, order_id));
}

int
shard_of_customer(const struct shard *shard, const char *customer_id)
{
    return murmur2_partition(customer_id, strlen(customer_id), shard->count);
}

bool
shard_owns(const struct shard *shard, int partition)
{
    return shard_of_partition(shard, partition) == shard->index;
}

int
shard_next_partition(const struct shard *shard, int partition)
{
    int next = partition - shard_of_partition(shard, partition) + shard->count + shard->index;

    return next < shard->partitions ? next : shard->index;
}
