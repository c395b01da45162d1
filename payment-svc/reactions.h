/* What payment-svc does when it hears something. Dedup is by the table of processed events. */
#ifndef PAYMENT_REACTIONS_H
#define PAYMENT_REACTIONS_H

#include "../common/service.h"

handler on_order_created;
handler on_order_cancelled;
/* order.created could not be handled: it is declined, so that the order ends. */
handler decline_unprocessable;

#endif
