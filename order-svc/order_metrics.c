#include "order_metrics.h"

#include "../common/base/uuid.h"
#include "order_store.h"

enum { ORDERS_TOTAL, ORDER_DURATION };          /* rows of the table */
enum { UNTIL_PAID, UNTIL_CLOSED };              /* values of until */

static const char *const statuses[] = { "CREATED", "PAID", "REJECTED", "CANCELLED", "REFUNDED", NULL };   /* as in the enum */
static const char *const untils[] = { "paid", "closed", NULL };

const struct metric order_metrics[] = {
    [ORDERS_TOTAL] = { "orders_total", "Orders that came into this status.", METRIC_COUNTER, "status", statuses, NULL },
    [ORDER_DURATION] = { "order_duration_seconds",
                         "From acceptance until PAID; until closed, for those PAID or REJECTED.", METRIC_DURATION,
                         "until", untils, NULL },
    { "orders_unpaid", "Orders that wait for their payment; 10000 stands for that many or more.", METRIC_GAUGE, NULL,
      NULL, orders_unpaid },
    { .name = NULL },
};

/* An order's id is a UUIDv7 made when it was accepted: no column has to be read. */
static void
count_duration(struct db *db, const struct envelope *in, const char *order_id, int until)
{
    metrics_time(db, ORDER_DURATION, until, in->received_at - uuid_time_ms(order_id));
}

void
order_count_status(struct db *db, const struct envelope *in, const char *order_id, enum order_status status)
{
    metrics_count(db, ORDERS_TOTAL, (int)status);
    if (status == ORDER_IS_PAID)
        count_duration(db, in, order_id, UNTIL_PAID);
}

void
order_count_closed(struct db *db, const struct envelope *in, const char *order_id)
{
    count_duration(db, in, order_id, UNTIL_CLOSED);
}
