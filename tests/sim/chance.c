#include "chance.h"

#include "../../common/base/memory.h"

#include <stdlib.h>

void
chance_init(struct chance *chance, uint64_t seed, const uint32_t *given, size_t given_count)
{
    *chance = (struct chance){ .given = given, .given_count = given_count };
    uuid_source_seeded(&chance->numbers, seed);
}

void
chance_release(struct chance *chance)
{
    free(chance->made);
}

static void
keep(struct chance *chance, uint32_t choice)
{
    if (chance->made_count == chance->room) {
        chance->room = chance->room == 0 ? 4096 : 2 * chance->room;
        chance->made = memory_resize(chance->made, chance->room, sizeof(*chance->made));
    }
    chance->made[chance->made_count++] = choice;
}

/* A given choice may come from another place of a longer run: it is fitted into what can be chosen here. */
static uint32_t
choose(struct chance *chance, uint32_t n)
{
    size_t place = chance->made_count;

    if (chance->given == NULL)
        return (uint32_t)(uuid_source_next(&chance->numbers) % n);
    return place < chance->given_count ? chance->given[place] % n : 0;
}

int64_t
chance_below(struct chance *chance, int64_t n)
{
    uint32_t limit = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n, choice;

    if (n <= 1)
        return 0;
    choice = choose(chance, limit);
    keep(chance, choice);
    return choice;
}

int64_t
chance_between(struct chance *chance, int64_t low, int64_t high)
{
    return low + chance_below(chance, high - low + 1);
}

bool
chance_one_in(struct chance *chance, int64_t n)
{
    return n > 0 && chance_below(chance, n) == n - 1;
}
