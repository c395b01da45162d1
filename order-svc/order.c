#include "order.h"

#include "../common/base/memory.h"
#include "../common/store/db.h"
#include "../common/store/json_tree.h"

#include <string.h>

/* Whole numbers that every JSON reader keeps exact (RFC 8259, section 6). */
static const int64_t MAX_AMOUNT = 9007199254740991;

static const char *const status_names[ORDER_STATUSES] = {
    [ORDER_IS_CREATED] = "CREATED",     [ORDER_IS_PAID] = "PAID",         [ORDER_IS_REJECTED] = "REJECTED",
    [ORDER_IS_CANCELLED] = "CANCELLED", [ORDER_IS_REFUNDED] = "REFUNDED",
};

const char *
order_status_name(enum order_status status)
{
    return status_names[status];
}

enum order_status
order_status_parse(const char *name)
{
    int status = 0;

    while (status < ORDER_STATUSES && strcmp(name, status_names[status]) != 0)
        status++;
    return (enum order_status)status;
}

static int
read_item(struct db *db, const struct json_node *node, int index, struct order_item *item, struct json_mistake *mistake)
{
    static const struct json_rule rules[] = {
        { "sku", JSON_TEXT, 1, 64, false },
        { "quantity", JSON_INTEGER, 1, 1000000, false },
        { "unit_price", JSON_INTEGER, 1, MAX_AMOUNT, false },
        { .name = NULL },
    };
    struct json_value values[JSON_RULES];

    if (json_read_node(db, node, rules, values, mistake) != 0) {
        mistake->field = mistake->field == NULL
                             ? arena_format(db_scratch(db), "items[%d]", index)
                             : arena_format(db_scratch(db), "items[%d].%s", index, mistake->field);
        return -1;
    }
    *item = (struct order_item){ values[0].text, values[1].number, values[2].number };
    return 0;
}

static int
add_to_amount(struct order *order, const struct order_item *item)
{
    int64_t price;

    return __builtin_mul_overflow(item->quantity, item->unit_price, &price)
           || __builtin_add_overflow(order->amount, price, &order->amount) || order->amount > MAX_AMOUNT ? -1 : 0;
}

int
order_read(struct db *db, const char *json, struct order *order, struct json_mistake *mistake)
{
    static const struct json_rule rules[] = {
        { "customer_id", JSON_NAME, 1, 64, false },
        { "currency", JSON_CURRENCY, 3, 3, false },
        { "items", JSON_ARRAY, 1, ORDER_ITEMS, false },
        { .name = NULL },
    };
    struct json_value values[JSON_RULES];
    const struct json_node *element;

    if (json_read(db, json, rules, values, mistake) != 0)
        return -1;
    order->customer_id = values[0].text;
    order->currency = values[1].text;
    order->amount = 0;
    order->item_count = 0;
    for (element = values[2].first; element != NULL; element = element->next) {
        struct order_item *item = &order->items[order->item_count];

        if (read_item(db, element, order->item_count++, item, mistake) != 0)
            return -1;
        if (add_to_amount(order, item) != 0) {
            *mistake = (struct json_mistake){ "items", "the sum of quantity times unit_price is too large" };
            return -1;
        }
    }
    return 0;
}
