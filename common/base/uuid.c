#include "uuid.h"

#include "murmur2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void
uuid_source_random(struct uuid_source *source)
{
    memset(source, 0, sizeof(*source));
    if (getrandom(source->state, sizeof(source->state), 0) != (ssize_t)sizeof(source->state)) {
        perror("getrandom");
        abort();
    }
}

/* splitmix64 spreads one number over the four words of the generator's state. */
void
uuid_source_seeded(struct uuid_source *source, uint64_t seed)
{
    memset(source, 0, sizeof(*source));
    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += 0x9e3779b97f4a7c15u;

        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        source->state[i] = z ^ z >> 31;
    }
}

static uint64_t
rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

/* xoshiro256++ by Blackman and Vigna (prng.di.unimi.it). */
uint64_t
uuid_source_next(struct uuid_source *source)
{
    uint64_t *s = source->state;
    uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static void
write_hex(char *text, uint64_t value, int digits)
{
    static const char hex[] = "0123456789abcdef";

    for (int i = digits - 1; i >= 0; i--, value >>= 4)
        text[i] = hex[value & 15];
}

/* A clock that stands or goes back, and a counter that is full, both borrow from the next millisecond. */
static void
next_tick(struct uuid_source *source, int64_t now_ms)
{
    if (now_ms > source->last_ms) {
        source->last_ms = now_ms;
        source->counter = (uint32_t)(uuid_source_next(source) & 0x7ff);
    } else if (++source->counter > 0xfff) {
        source->last_ms++;
        source->counter = 0;
    }
}

static void
write_head(const struct uuid_source *source, char text[UUID_TEXT])
{
    write_hex(text, (uint64_t)source->last_ms >> 16, 8);
    text[8] = '-';
    write_hex(text + 9, (uint64_t)source->last_ms & 0xffff, 4);
    text[13] = '-';
    write_hex(text + 14, 0x7000 | source->counter, 4);
    text[18] = '-';
}

static void
write_tail(struct uuid_source *source, char text[UUID_TEXT])
{
    uint64_t tail = (uuid_source_next(source) & 0x3fffffffffffffffu) | 0x8000000000000000u;

    write_hex(text + 19, tail >> 48, 4);
    text[23] = '-';
    write_hex(text + 24, tail & 0xffffffffffffu, 12);
    text[36] = '\0';
}

void
uuid_new(struct uuid_source *source, int64_t now_ms, char text[UUID_TEXT])
{
    next_tick(source, now_ms);
    write_head(source, text);
    write_tail(source, text);
}

void
uuid_new_on_partition(struct uuid_source *source, int64_t now_ms, int partitions, int wanted, char text[UUID_TEXT])
{
    next_tick(source, now_ms);
    write_head(source, text);
    do
        write_tail(source, text);
    while (murmur2_partition(text, UUID_TEXT - 1, partitions) != wanted);
}

bool
uuid_is_valid(const char *text)
{
    for (int i = 0; i < UUID_TEXT - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');

        if (dash ? text[i] != '-' : !hex)
            return false;
    }
    return text[UUID_TEXT - 1] == '\0';
}

int64_t
uuid_time_ms(const char *text)
{
    char digits[13] = { 0 };        /* 48 bits: eight digits, a dash, four digits */

    memcpy(digits, text, 8);
    memcpy(digits + 8, text + 9, 4);
    return (int64_t)strtoull(digits, NULL, 16);
}
