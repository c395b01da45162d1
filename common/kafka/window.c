#include "window.h"

#include "../base/memory.h"
#include "../base/murmur2.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 16384, BUCKETS = 16384 };      /* powers of two, SLOTS > WINDOW_SIZE */

/* Rows stand in a ring by place: 1, 2, 3 … for ever. A place below `first` is gone. */
struct slot {
    int64_t seq;
    uint32_t key;             /* hash; two keys that share one only wait for each other */
    bool acknowledged, refused;
    uint64_t older;           /* place of the row before it in the bucket */
    uint64_t waiter;          /* place of the row of the same key that waits for it; 0: none */
};

struct window {
    int64_t cursor, mark;
    uint64_t first, next;     /* places: the oldest row, and one past the newest */
    int refused;              /* rows */
    uint64_t buckets[BUCKETS];
    struct slot slots[SLOTS];
};

struct window *
window_new(void)
{
    struct window *window = memory_new(1, sizeof(*window));

    window_reset(window, 0);
    return window;
}

void
window_free(struct window *window)
{
    free(window);
}

void
window_reset(struct window *window, int64_t cursor)
{
    memset(window->buckets, 0, sizeof(window->buckets));
    window->cursor = window->mark = cursor;
    window->first = window->next = 1;
    window->refused = 0;
}

int64_t
window_cursor(const struct window *window)
{
    return window->cursor;
}

int64_t
window_mark(const struct window *window)
{
    return window->mark;
}

int
window_count(const struct window *window)
{
    return (int)(window->next - window->first);
}

bool
window_is_full(const struct window *window)
{
    return window_count(window) >= WINDOW_SIZE;
}

static struct slot *
slot_at(struct window *window, uint64_t place)
{
    return &window->slots[place % SLOTS];
}

/* The newest row of the key that the broker does not have; 0 if there is none. */
static uint64_t
newest_of(struct window *window, uint32_t key)
{
    uint64_t place = window->buckets[key % BUCKETS];

    while (place >= window->first && slot_at(window, place)->key != key)
        place = slot_at(window, place)->older;
    return place >= window->first && !slot_at(window, place)->acknowledged ? place : 0;
}

bool
window_add(struct window *window, int64_t seq, const char *key)
{
    uint32_t hash = murmur2(key, strlen(key));
    uint64_t before = newest_of(window, hash), place = window->next++;

    assert(!(window_count(window) > WINDOW_SIZE) && seq > window->mark);
    *slot_at(window, place) = (struct slot){ .seq = seq, .key = hash, .older = window->buckets[hash % BUCKETS] };
    window->buckets[hash % BUCKETS] = place;
    window->mark = seq;
    if (before == 0)
        return true;
    slot_at(window, before)->waiter = place;
    return false;
}

/* Rows are in order of seq: binary search. 0 if it is not there. */
static uint64_t
place_of(struct window *window, int64_t seq)
{
    uint64_t low = window->first, high = window->next;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (slot_at(window, middle)->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low < window->next && slot_at(window, low)->seq == seq ? low : 0;
}

int64_t
window_acknowledge(struct window *window, int64_t seq)
{
    uint64_t place = place_of(window, seq), waiter;

    if (place == 0 || slot_at(window, place)->acknowledged)
        return 0;
    slot_at(window, place)->acknowledged = true;
    window->refused -= slot_at(window, place)->refused;
    waiter = slot_at(window, place)->waiter;
    while (window->first < window->next && slot_at(window, window->first)->acknowledged)
        window->cursor = slot_at(window, window->first++)->seq;
    return waiter == 0 ? 0 : slot_at(window, waiter)->seq;
}

void
window_refuse(struct window *window, int64_t seq)
{
    uint64_t place = place_of(window, seq);

    if (place == 0 || slot_at(window, place)->refused || slot_at(window, place)->acknowledged)
        return;
    slot_at(window, place)->refused = true;
    window->refused++;
}

int
window_refused(const struct window *window)
{
    return window->refused;
}

int64_t
window_first_refused(const struct window *window)
{
    for (uint64_t place = window->first; place < window->next; place++) {
        const struct slot *slot = &window->slots[place % SLOTS];

        if (slot->refused && !slot->acknowledged)
            return slot->seq;
    }
    return 0;
}
