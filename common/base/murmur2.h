/* The hash by which Kafka's clients choose a partition. */
#ifndef MURMUR2_H
#define MURMUR2_H

#include <stddef.h>
#include <stdint.h>

/* MurmurHash2, 32 bits, seed 0x9747b28c: org.apache.kafka.common.utils.Utils.murmur2. */
uint32_t murmur2(const void *bytes, size_t size);

/* The partition of a key, as Java's and librdkafka's murmur2 partitioners compute it (sign bit masked). */
int murmur2_partition(const void *key, size_t size, int partitions);

#endif
