#include "chance.h"

void
chance_init(struct chance *chance, uint64_t seed, int64_t limit)
{
    *chance = (struct chance){ .limit = limit };
    uuid_source_seeded(&chance->numbers, seed);
}

int64_t
chance_below(struct chance *chance, int64_t n)
{
    uint64_t number = uuid_source_next(&chance->numbers);

    return chance->made++ < chance->limit ? (int64_t)(number % (uint64_t)n) : 0;
}

int64_t
chance_between(struct chance *chance, int64_t low, int64_t high)
{
    return low + chance_below(chance, high - low + 1);
}

bool
chance_one_in(struct chance *chance, int64_t n)
{
    return n > 0 && chance_below(chance, n) == n - 1 && chance->made <= chance->limit;
}
