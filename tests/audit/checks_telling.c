/* Telling the customer: once, of what happened, and noticed by the order. */
#include "checks_private.h"

#include <stddef.h>

const struct check checks_of_telling[] = {

    { "told-once", 0, &examined_notifications, "are the only one of their order and kind",
      "SELECT order_id, format('told %d times that it is %s', count(*), kind), 0, 'told:' || kind FROM notification"
      " GROUP BY order_id, kind HAVING count(*) > 1" },

    /* payment.refunded reaches notify-svc by itself: it may tell of it before the order is REFUNDED. */
    { "told-truly", 0, &examined_notifications, "tell of what happened",
      "SELECT order_id, format('told that it is %s, which it never was', kind), 0, 'told:' || kind FROM notification AS told"
      " WHERE NOT CASE kind"
      "       WHEN 'refunded' THEN EXISTS (SELECT 1 FROM payment_later.payment p"
      "                                     WHERE p.order_id = told.order_id AND status = 'REFUNDED')"
      "       ELSE EXISTS (SELECT 1 FROM order_later.order_history h"
      "                     WHERE h.order_id = told.order_id AND lower(status) = kind) END" },

    { "told", QUIET, &examined_orders, "had each change told to their customer",
      "SELECT DISTINCT order_id, format('was never told that it is %s', lower(status)) FROM order_history AS h"
      " WHERE " UNLESS_AS_MANY("notification", "order_history WHERE status <> 'CREATED'"
                               " AND what NOT GLOB 'notification.*' AND what <> 'payment.voided'")
      "   AND status <> 'CREATED'"
      "   AND NOT EXISTS (SELECT 1 FROM notification n WHERE n.order_id = h.order_id AND kind = lower(h.status))" },

    { "noticed-truly", 0, &examined_notices, "are of notifications that ended so",
      "SELECT order_id, format('notice of %s %s, but the notification is %s', kind, outcome,"
      "                        ifnull(n.status, 'missing')), 0, 'told:' || kind"
      "  FROM order_notice LEFT JOIN notify_later.notification n USING (order_id, kind)"
      " WHERE n.status IS NOT outcome" },

    { "noticed", QUIET, &examined_notifications, "that ended were noticed by the order",
      "SELECT order_id, format('order-svc does not know that it was told of %s: %s', kind, status), 0, 'told:' || kind"
      "  FROM notification n LEFT JOIN order_notice o USING (order_id, kind)"
      " WHERE " UNLESS_AS_MANY("order_notice", "notification WHERE status <> 'PENDING'")
      "   AND status <> 'PENDING' AND o.outcome IS NULL" },

    { .name = NULL },
};
