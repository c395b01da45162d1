#include "search.h"

#include "../../../common/base/memory.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct reached {
    struct world world;
    int32_t from;                /* -1: the first one */
    struct deed by;
};

struct search {
    const struct rules *rules;
    struct reached *reached;     /* in the order of their distance */
    int32_t count, room;
    int32_t next;                /* the one to go on from */
    int32_t here;                /* that search_world answers */
    int32_t *slots;              /* by hash: index + 1 */
    uint32_t slot_count;         /* a power of two */
    int64_t deeds;
};

/* ---- which there are ---- */

/* What went wrong on the way stands at the end of a world, and counts only by what may still go wrong: all that can happen
 * in one that has spent more can happen in one that is the same otherwise. */
enum { COMPARED = offsetof(struct world, spent) };

static bool
covers(const struct world *one, const struct world *other)
{
    if (memcmp(one, other, COMPARED) != 0)
        return false;
    for (int i = 0; i < MISCHIEFS; i++)
        if (one->spent[i] > other->spent[i])
            return false;
    return true;
}

/* Of a world that covers this one; else the first that is free. */
static uint32_t
slot_of(const struct search *search, const struct world *world)
{
    const unsigned char *bytes = (const unsigned char *)world;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    uint32_t slot;

    for (size_t i = 0; i < COMPARED; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    slot = (uint32_t)(hash ^ hash >> 32) & (search->slot_count - 1);
    while (search->slots[slot] != 0 && !covers(&search->reached[search->slots[slot] - 1].world, world))
        slot = (slot + 1) & (search->slot_count - 1);
    return slot;
}

static void
grow(struct search *search)
{
    search->room = search->room == 0 ? 4096 : 2 * search->room;
    search->reached = memory_resize(search->reached, (size_t)search->room, sizeof(*search->reached));
    search->slot_count = 2 * (uint32_t)search->room;
    free(search->slots);
    search->slots = memory_new(search->slot_count, sizeof(*search->slots));
    for (int32_t i = 0; i < search->count; i++)
        search->slots[slot_of(search, &search->reached[i].world)] = i + 1;
}

static int32_t
add(struct search *search, const struct world *world, int32_t from, const struct deed *by)
{
    if (search->count == search->room)
        grow(search);
    search->reached[search->count] = (struct reached){ *world, from, *by };
    return search->count++;
}

static void
reach(struct search *search, const struct world *world, int32_t from, const struct deed *by)
{
    uint32_t slot;

    if (search->count == search->room)
        grow(search);
    slot = slot_of(search, world);
    if (search->slots[slot] == 0)
        search->slots[slot] = add(search, world, from, by) + 1;
}

/* ---- going on ---- */

struct search *
search_new(const struct rules *rules)
{
    struct search *search = memory_new(1, sizeof(*search));
    struct world first = world_first(rules);

    search->rules = rules;
    reach(search, &first, -1, &(struct deed){ .what = DEED_PLACE });
    return search;
}

void
search_free(struct search *search)
{
    free(search->reached);
    free(search->slots);
    free(search);
}

bool
search_next(struct search *search, const char **wrong)
{
    struct deeds deeds;

    while (search->next < search->count) {
        int32_t from = search->next++;
        struct world world = search->reached[from].world;       /* the array moves as it grows */

        world_deeds(search->rules, &world, &deeds);
        for (int i = 0; i < deeds.count; i++) {
            struct world after = world_after(search->rules, &world, &deeds.all[i], wrong);

            search->deeds++;
            if (*wrong != NULL) {
                search->here = add(search, &after, from, &deeds.all[i]);
                return false;
            }
            reach(search, &after, from, &deeds.all[i]);
        }
        search->here = from;
        if (deeds.at_rest)
            return true;
    }
    *wrong = NULL;
    return false;
}

const struct world *
search_world(const struct search *search)
{
    return &search->reached[search->here].world;
}

int
search_path(const struct search *search, struct deed **deeds, struct world **worlds)
{
    int count = 0;

    for (int32_t i = search->here; search->reached[i].from >= 0; i = search->reached[i].from)
        count++;
    *deeds = memory_new((size_t)count + 1, sizeof(**deeds));
    *worlds = memory_new((size_t)count + 1, sizeof(**worlds));
    for (int32_t i = search->here, n = count; i >= 0; i = search->reached[i].from, n--) {
        (*worlds)[n] = search->reached[i].world;
        if (n > 0)
            (*deeds)[n - 1] = search->reached[i].by;
    }
    return count;
}

int64_t
search_worlds(const struct search *search)
{
    return search->count;
}

int64_t
search_deeds(const struct search *search)
{
    return search->deeds;
}
