/* The rows of order-svc, and how they change. What changes a status is a conditional update: it answers whether it changed the
 * row. What others see of them is in order_view_store.h. */
#ifndef ORDER_STORE_H
#define ORDER_STORE_H

#include "order.h"

/* Stores the order and its items, as CREATED. created_seq is that of its order.created, the next row of the outbox. */
void order_insert(struct db *db, const struct order *order);

/* The status; ORDER_STATUSES if there is no such order. */
enum order_status order_status(struct db *db, const char *order_id);

/* The moves. in is the cause: it gives the time, the history's cause and, of a reaction, the order. */
bool order_mark_paid_if_created(struct db *db, const struct envelope *in);
bool order_reject_if_created(struct db *db, const struct envelope *in, const char *reason);
bool order_cancel_if_created(struct db *db, const struct envelope *in, const char *order_id, const char *reason);
bool order_cancel_if_open(struct db *db, const struct envelope *in, const char *order_id, const char *reason);
bool order_refund_if_cancelled(struct db *db, const struct envelope *in);
/* Nothing more will happen to an order of this status; false if it was closed before or has another status. */
bool order_close_if(struct db *db, const struct envelope *in, enum order_status status);
/* Notes that the customer was told, or cannot be; false if it was noted before. The order's status now is `status`. */
bool order_notice_add(struct db *db, const struct envelope *in, enum order_status status, const char *kind,
                      const char *outcome);

/* The timeline's next entry: what caused it, the order's status now, and a detail that may be NULL. */
void order_history_add(struct db *db, const struct envelope *in, const char *order_id, enum order_status status,
                       const char *detail);

/* Orders of a partition that are unpaid after their time and whose order.created the broker has: writes up to `limit`
 * ids, answers how many. */
int orders_overdue(struct db *db, int partition, int64_t now_ms, int limit, char (*order_ids)[UUID_TEXT]);

/* Orders that wait for their payment, 10000 for that many or more. */
int64_t orders_unpaid(struct db *db);

#endif
