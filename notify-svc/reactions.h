/* What notify-svc does when it hears something, and when an outside call came back. */
#ifndef NOTIFY_REACTIONS_H
#define NOTIFY_REACTIONS_H

#include "../common/service.h"

/* order.paid, order.rejected, order.cancelled, payment.refunded: the customer is told. */
handler on_news;
/* It could not be handled: the customer cannot be told. */
handler fail_notification;

/* Completions: in->subject is the order, in->data has the kind, and wait_ms if the next try is to wait. */
handler on_delivered;
handler on_undeliverable;
handler on_delivery_postponed;

#endif
