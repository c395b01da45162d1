/* UUIDv7 (RFC 9562, 5.7): time-ordered ids, so that a B-tree grows at its end. */
#ifndef UUID_H
#define UUID_H

#include <stdbool.h>
#include <stdint.h>

enum { UUID_TEXT = 37 };    /* 36 characters and NUL */

/* Where ids come from: seeded by the kernel in a service, by a number in tests and simulation. */
struct uuid_source {
    uint64_t state[4];      /* xoshiro256++: ids need to be unlikely to meet, not secret */
    int64_t last_ms;
    uint32_t counter;       /* rand_a: ids of one source ascend within a millisecond (RFC 9562, 6.2, method 1) */
};

/* Fills the source from getrandom(2). */
void uuid_source_random(struct uuid_source *source);
void uuid_source_seeded(struct uuid_source *source, uint64_t seed);
uint64_t uuid_source_next(struct uuid_source *source);

/* Writes a new id for now_ms (milliseconds since 1970). */
void uuid_new(struct uuid_source *source, int64_t now_ms, char text[UUID_TEXT]);

/* The same, but an id whose murmur2 partition is the wanted one of `partitions`: on average that many tries,
 * a hash of 36 bytes each. */
void uuid_new_on_partition(struct uuid_source *source, int64_t now_ms, int partitions, int wanted,
                           char text[UUID_TEXT]);

/* 36 characters, lower-case hex and dashes in their places; any version. */
bool uuid_is_valid(const char *text);

/* When a valid UUIDv7 was made, in milliseconds since 1970. */
int64_t uuid_time_ms(const char *text);

#endif
