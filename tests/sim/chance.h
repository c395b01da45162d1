/* Every choice of a run comes from here: one seed decides everything. */
#ifndef CHANCE_H
#define CHANCE_H

#include "../../common/base/uuid.h"

#include <stdbool.h>
#include <stddef.h>

/* The choices are kept, so that a run can be repeated with some of them changed: whatever stands in `given` is followed
 * first. 0 is always the harmless choice: the first of what could be done, no fault, the shortest time. */
struct chance {
    struct uuid_source numbers;
    const uint32_t *given;
    size_t given_count;          /* after them `numbers` decide, or 0 if a schedule was given */
    uint32_t *made;
    size_t made_count, room;
};

/* given may be NULL. */
void chance_init(struct chance *chance, uint64_t seed, const uint32_t *given, size_t given_count);
void chance_release(struct chance *chance);

/* 0 to n - 1. */
int64_t chance_below(struct chance *chance, int64_t n);
/* low to high. */
int64_t chance_between(struct chance *chance, int64_t low, int64_t high);
/* true once in n times; never if n is 0. */
bool chance_one_in(struct chance *chance, int64_t n);

#endif
