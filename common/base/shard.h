/* A shard: one of several processes of a service, each with its own database. Shard i of n owns the partitions p with
 * p mod n = i of every topic, the orders whose ids hash there, and the customers whose ids do: all that concerns one customer
 * meets in one shard of each service. */
#ifndef SHARD_H
#define SHARD_H

#include <stdbool.h>

struct settings;

struct shard {
    int index, count;           /* this is shard `index` of `count`; the count is the same for all three services … */
    int partitions;             /* … and so is the number of partitions of every topic */
};

/* What SHARD, SHARDS and PARTITIONS say. */
struct shard shard_of_settings(const struct settings *settings);

/* The partition of an order: its events' key is its id. */
int shard_partition(const struct shard *shard, const char *order_id);
/* Which shard, from 0, has a partition, an order, a customer. A partition that no topic has belongs to one, too. */
int shard_of_partition(const struct shard *shard, int partition);
int shard_of_order(const struct shard *shard, const char *order_id);
int shard_of_customer(const struct shard *shard, const char *customer_id);
/* Whether a partition is this shard's. */
bool shard_owns(const struct shard *shard, int partition);

/* The partition of this shard that follows another one, which may be anybody's; the first after the last. */
int shard_next_partition(const struct shard *shard, int partition);

#endif
