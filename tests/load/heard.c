#include "heard.h"

#include "../../common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { DECIDING = PAID | REJECTED | CANCELLED };

void
heard_init(struct heard *heard)
{
    *heard = (struct heard){ .room = 4096 };
    heard->orders = memory_new(heard->room, sizeof(*heard->orders));
}

void
heard_release(struct heard *heard)
{
    free(heard->orders);
}

/* The 32 hexadecimal digits of a UUID. */
static int
parse_id(const char *text, uint64_t *high, uint64_t *low)
{
    int digits = 0;

    for (*high = *low = 0; *text != '\0'; text++) {
        int digit = *text >= '0' && *text <= '9' ? *text - '0' : *text >= 'a' && *text <= 'f' ? *text - 'a' + 10 : -1;

        if (digit < 0 && *text != '-')
            return -1;
        if (digit < 0)
            continue;
        *high = *high << 4 | *low >> 60;
        *low = *low << 4 | (uint64_t)digit;
        digits++;
    }
    return digits == 32 && *low != 0 ? 0 : -1;
}

static size_t
home_of(const struct heard *heard, uint64_t high, uint64_t low)
{
    return (size_t)(((high ^ low) * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (heard->room - 1);
}

static struct heard_order *
find(struct heard *heard, uint64_t high, uint64_t low)
{
    size_t place = home_of(heard, high, low);

    while (heard->orders[place].low != 0 && (heard->orders[place].low != low || heard->orders[place].high != high))
        place = (place + 1) & (heard->room - 1);
    return &heard->orders[place];
}

/* Into new memory, without those that were heard of before this time and are not ours. */
static void
rebuild(struct heard *heard, size_t room, int64_t before_us)
{
    struct heard old = *heard;

    heard->room = room;
    heard->used = 0;
    heard->orders = memory_new(room, sizeof(*heard->orders));
    for (size_t i = 0; i < old.room; i++) {
        const struct heard_order *order = &old.orders[i];

        if (order->low == 0 || (!order->accepted && order->due_us < before_us))
            continue;
        *find(heard, order->high, order->low) = *order;
        heard->used++;
    }
    heard_release(&old);
}

struct heard_order *
heard_get(struct heard *heard, const char *order_id)
{
    struct heard_order *order;
    uint64_t high, low;

    if (parse_id(order_id, &high, &low) != 0)
        return NULL;
    if (2 * heard->used >= heard->room)
        rebuild(heard, 2 * heard->room, INT64_MIN);
    order = find(heard, high, low);
    if (order->low == 0) {
        *order = (struct heard_order){ .high = high, .low = low };
        heard->used++;
    }
    return order;
}

/* Those behind it move up, so that no search ends early at the empty place. */
static void
take_out(struct heard *heard, struct heard_order *order)
{
    size_t mask = heard->room - 1, hole = (size_t)(order - heard->orders), place = hole;

    heard->used--;
    for (;;) {
        size_t home;

        place = (place + 1) & mask;
        if (heard->orders[place].low == 0)
            break;
        home = home_of(heard, heard->orders[place].high, heard->orders[place].low);
        if (((place - home) & mask) < ((place - hole) & mask))
            continue;
        heard->orders[hole] = heard->orders[place];
        hole = place;
    }
    heard->orders[hole] = (struct heard_order){ .low = 0 };
}

void
heard_check(struct heard *heard, struct heard_order *order)
{
    unsigned known = order->told | order->untold;

    if (!order->accepted || !order->finished || (known & DECIDING) == 0 || (known & order->wanted) != order->wanted)
        return;
    take_out(heard, order);
    heard->pending--;
}

void
heard_forget(struct heard *heard, int64_t before_us)
{
    if (heard->used > 0)
        rebuild(heard, heard->room, before_us);
}
