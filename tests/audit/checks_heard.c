/* What was heard, and that nothing is pending. */
#include "checks_private.h"

#include <stddef.h>

#define HEARD_BY_PAYMENT "type IN ('order.created', 'order.cancelled')"
#define HEARD_BY_NOTIFY "type IN ('order.paid', 'order.rejected', 'order.cancelled', 'payment.refunded')"

/* What is parked is open, and listed as that. */
#define WAITS(service, schema) \
    "SELECT iif(packed IS NULL, subject, NULL), format('%s waits in the outbox of " service "', type), 0, event_id" \
    "  FROM " schema ".outbox WHERE seq > (SELECT seq FROM " schema ".relay_cursor)"

const struct check checks_of_heard[] = {

    /* ---- what was heard ---- */

    { "heard-truly", EVENTS, &examined_processed, "were said, and concern the service that processed them",
      "SELECT said.subject, format('%s processed %s: %s', processed.service, event_id, ifnull(type, 'nobody said it')),"
      "       type IS NULL AND " MAY_BE_PRUNED("event_id") ", event_id"
      "  FROM processed LEFT JOIN said USING (event_id)"
      " WHERE NOT CASE processed.service"
      "       WHEN 'payment-svc' THEN ifnull(" HEARD_BY_PAYMENT ", 0) ELSE ifnull(" HEARD_BY_NOTIFY ", 0) END" },

    /* order-svc keeps no processed_event: its orders show what it heard. What the broker refused nobody can hear. */
    { "heard", QUIET | EVENTS, &examined_events, "were processed by whoever has to hear them",
      "SELECT subject, 'payment-svc never processed ' || type, "
                       MAY_BE_DELETED("payment-svc", "processed_event", "event_id") ", event_id"
      "  FROM said"
      " WHERE " UNLESS_AS_MANY("payment_svc.processed_event", "said WHERE " HEARD_BY_PAYMENT)
      "   AND " HEARD_BY_PAYMENT
      "   AND NOT EXISTS (SELECT 1 FROM payment_svc.processed_event p WHERE p.event_id = said.event_id)"
      "   AND event_id NOT IN (SELECT event_id FROM abandoned)"
      " UNION ALL "
      "SELECT subject, 'notify-svc never processed ' || type, "
                       MAY_BE_DELETED("notify-svc", "processed_event", "event_id") ", event_id"
      "  FROM said"
      " WHERE " UNLESS_AS_MANY("notify_svc.processed_event", "said WHERE " HEARD_BY_NOTIFY)
      "   AND " HEARD_BY_NOTIFY
      "   AND NOT EXISTS (SELECT 1 FROM notify_svc.processed_event p WHERE p.event_id = said.event_id)"
      "   AND event_id NOT IN (SELECT event_id FROM abandoned)" },

    /* ---- nothing is pending ---- */

    { "sent", QUIET | EVENTS, &examined_events, "were taken by the broker, as were dead letters",
      WAITS("order-svc", "order_svc") " UNION ALL " WAITS("payment-svc", "payment_svc") " UNION ALL "
      WAITS("notify-svc", "notify_svc") },

    { "delivered", QUIET, &examined_notifications, "were delivered or given up",
      "SELECT order_id, format('the notification of %s is PENDING after %d tries', kind, tries), 0, 'told:' || kind"
      "  FROM notification"
      " WHERE status = 'PENDING'" },

    { .name = NULL },
};
