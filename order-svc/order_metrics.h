/* What order-svc counts of its orders, for /metrics. Called where the change is made (order_store.c), under its cause. */
#ifndef ORDER_METRICS_H
#define ORDER_METRICS_H

#include "../common/store/metrics.h"
#include "order.h"

extern const struct metric order_metrics[];

/* The order has come into this status. in is the cause: it gives the time. */
void order_count_status(struct db *db, const struct envelope *in, const char *order_id, enum order_status status);
/* Its customer has been told how it ended: PAID or REJECTED, with nothing more to come. */
void order_count_closed(struct db *db, const struct envelope *in, const char *order_id);

#endif
