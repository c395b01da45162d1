/* What order-svc does when it hears something. Dedup is by state: `UPDATE … WHERE status = …` changes a row once. */
#ifndef ORDER_REACTIONS_H
#define ORDER_REACTIONS_H

#include "../common/service.h"

handler on_payment_completed;
handler on_payment_declined;
handler on_payment_voided;
handler on_payment_refunded;
handler on_notification;
/* payment.completed could not be recorded: the order is cancelled, so that the money goes back. */
handler cancel_unrecorded;
/* order.created was refused by the broker for good: nobody else knows the order. */
handler cancel_unpublished;

bool expiry_due(struct db *db, int partition, int64_t now_ms);
handler on_expiry;

#endif
