/* Every choice of a run comes from here: one seed decides everything. */
#ifndef CHANCE_H
#define CHANCE_H

#include "../../common/base/uuid.h"

#include <stdbool.h>

/* 0 is always the harmless choice: what has waited longest comes first, no fault, the shortest time. So a run whose
 * choices are all 0 from some point on shows whether what went wrong was decided before it. */
struct chance {
    struct uuid_source numbers;
    int64_t made, limit;         /* choices; the limit-th and all later ones are 0 */
};

void chance_init(struct chance *chance, uint64_t seed, int64_t limit);

/* 0 to n - 1. */
int64_t chance_below(struct chance *chance, int64_t n);
/* low to high. */
int64_t chance_between(struct chance *chance, int64_t low, int64_t high);
/* true once in n times; never if n is 0. */
bool chance_one_in(struct chance *chance, int64_t n);

#endif
