#include "told.h"

#include "../../common/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { DECIDING = PAID | REJECTED | CANCELLED };

void
told_init(struct told *told)
{
    *told = (struct told){ .room = 4096 };
    told->orders = memory_new(told->room, sizeof(*told->orders));
}

void
told_release(struct told *told)
{
    free(told->orders);
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
home_of(const struct told *told, uint64_t high, uint64_t low)
{
    return (size_t)(((high ^ low) * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (told->room - 1);
}

static struct told_order *
find(struct told *told, uint64_t high, uint64_t low)
{
    size_t place = home_of(told, high, low);

    while (told->orders[place].low != 0 && (told->orders[place].low != low || told->orders[place].high != high))
        place = (place + 1) & (told->room - 1);
    return &told->orders[place];
}

/* Into new memory, without those that were heard before this time and are not ours. */
static void
rebuild(struct told *told, size_t room, int64_t before_us)
{
    struct told old = *told;

    told->room = room;
    told->used = 0;
    told->orders = memory_new(room, sizeof(*told->orders));
    for (size_t i = 0; i < old.room; i++) {
        const struct told_order *order = &old.orders[i];

        if (order->low == 0 || (!order->accepted && order->heard_us < before_us))
            continue;
        *find(told, order->high, order->low) = *order;
        told->used++;
    }
    told_release(&old);
}

struct told_order *
told_get(struct told *told, const char *order_id)
{
    struct told_order *order;
    uint64_t high, low;

    if (parse_id(order_id, &high, &low) != 0)
        return NULL;
    if (2 * told->used >= told->room)
        rebuild(told, 2 * told->room, INT64_MIN);
    order = find(told, high, low);
    if (order->low == 0) {
        *order = (struct told_order){ .high = high, .low = low };
        told->used++;
    }
    return order;
}

/* Those behind it move up, so that no search ends early at the empty place. */
static void
take_out(struct told *told, struct told_order *order)
{
    size_t mask = told->room - 1, hole = (size_t)(order - told->orders), place = hole;

    told->used--;
    for (;;) {
        size_t home;

        place = (place + 1) & mask;
        if (told->orders[place].low == 0)
            break;
        home = home_of(told, told->orders[place].high, told->orders[place].low);
        if (((place - home) & mask) < ((place - hole) & mask))
            continue;
        told->orders[hole] = told->orders[place];
        hole = place;
    }
    told->orders[hole] = (struct told_order){ .low = 0 };
}

void
told_check(struct told *told, struct told_order *order)
{
    if (!order->accepted || !order->finished || (order->heard & DECIDING) == 0
        || (order->heard & order->wanted) != order->wanted)
        return;
    take_out(told, order);
    told->pending--;
}

void
told_forget(struct told *told, int64_t before_us)
{
    if (told->used > 0)
        rebuild(told, told->room, before_us);
}
