/* An order: its states, and what it looks like as JSON from outside. */
#ifndef ORDER_H
#define ORDER_H

#include "../common/base/envelope.h"
#include "../common/base/settings.h"
#include "../common/base/uuid.h"
#include "../common/store/json.h"

enum order_status {
    ORDER_IS_CREATED,
    ORDER_IS_PAID,
    ORDER_IS_REJECTED,
    ORDER_IS_CANCELLED,
    ORDER_IS_REFUNDED,
    ORDER_STATUSES
};

enum { ORDER_ITEMS = 100 };

struct order_item {
    const char *sku;
    int64_t quantity, unit_price;       /* minor units */
};

struct order {
    char order_id[UUID_TEXT];
    const char *customer_id, *currency;
    int64_t amount;                     /* minor units: the sum of quantity × unit_price */
    int64_t created_at, pay_by;         /* ms since 1970 */
    int partition;
    int item_count;
    struct order_item items[ORDER_ITEMS];
};

/* Settings of order-svc beside the common ones. */
struct order_settings {
    struct settings common;
    int64_t pay_within_s;
};

const char *order_status_name(enum order_status status);
/* ORDER_STATUSES for a name that is none. */
enum order_status order_status_parse(const char *name);

/* Fills customer, currency, items and amount from a request's body. -1 with the first mistake; its field is a path
 * such as items[0].quantity. Strings live in db_scratch. */
int order_read(struct db *db, const char *json, struct order *order, struct json_mistake *mistake);

#endif
