#include "murmur2.h"

static uint32_t
read_little_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint32_t
murmur2(const void *bytes, size_t size)
{
    const uint32_t m = 0x5bd1e995;
    const unsigned char *next = bytes;
    uint32_t hash = 0x9747b28c ^ (uint32_t)size;

    for (; size >= 4; size -= 4, next += 4) {
        uint32_t k = read_little_endian(next) * m;

        k = (k ^ k >> 24) * m;
        hash = hash * m ^ k;
    }
    if (size >= 3)
        hash ^= (uint32_t)next[2] << 16;
    if (size >= 2)
        hash ^= (uint32_t)next[1] << 8;
    if (size >= 1)
        hash = (hash ^ next[0]) * m;
    hash = (hash ^ hash >> 13) * m;
    return hash ^ hash >> 15;
}

int
murmur2_partition(const void *key, size_t size, int partitions)
{
    return (int)((murmur2(key, size) & 0x7fffffff) % (uint32_t)partitions);
}
