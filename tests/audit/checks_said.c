/* What was said: once, of what had happened, because of something. */
#include "checks_private.h"

#include <stddef.h>

/* All that has to be said: what changed in each service, in the second reading. */
#define CHANGES \
    "change (order_id, service, status, kind) AS (" \
    "  SELECT order_id, 'order-svc', status, '' FROM order_later.order_history" \
    "   WHERE what NOT GLOB 'notification.*' AND what <> 'payment.voided' AND status <> 'REFUNDED' UNION ALL" \
    "  SELECT order_id, 'payment-svc', status, '' FROM payment_later.payment UNION ALL" \
    "  SELECT order_id, 'payment-svc', iif(status = 'REFUNDED', 'COMPLETED', 'DECLINED'), ''" /* it was that before */ \
    "    FROM payment_later.payment WHERE version > 1 UNION ALL" \
    "  SELECT order_id, 'notify-svc', status, kind FROM notify_later.notification WHERE status <> 'PENDING')"

/* What kind of cause this is: "request", "timer", "completion:NAME", or the type of the event, which is joined as said. */
#define KIND_OF(cause) \
    "CASE WHEN " cause " GLOB 'request:*' THEN 'request' WHEN " cause " GLOB 'timer:*' THEN 'timer'" \
    "     WHEN " cause " GLOB 'completion:*' THEN substr(" cause ", 1, length(" cause ") - 37)" \
    "     ELSE ifnull(said.type, 'an unknown event') END"

const struct check checks_of_said[] = {

    { "event-ids", EVENTS, &examined_events, "have an id of their own",
      "SELECT subject, format('%s said %s with the id %s, as somebody else did', service, type, event_id), 0, event_id"
      "  FROM said"
      " WHERE event_id IN (SELECT event_id FROM said GROUP BY event_id HAVING count(*) > 1)" },

    { "said-once", EVENTS, &examined_events, "were said once",
      "SELECT subject, format('%s said %d times that it is %s %s', service, count(*), status, kind), 0,"
      "       max(event_id) FROM said"
      " GROUP BY subject, service, status, kind HAVING count(*) > 1" },

    { "said-truly", EVENTS, &examined_events, "were said by whoever may say them, of what had happened",
      "WITH " CHANGES
      "SELECT subject, format('%s said %s %s, but nothing of the kind happened there', service, type, kind), 0, event_id"
      "  FROM said"
      " WHERE " UNLESS_AS_MANY("said", "change") " AND NOT CASE service"
      "       WHEN 'order-svc' THEN type GLOB 'order.*'"
      "            AND EXISTS (SELECT 1 FROM order_later.order_history h"
      "                         WHERE h.order_id = subject AND h.status = said.status)"
      "       WHEN 'payment-svc' THEN type GLOB 'payment.*'"
      "            AND EXISTS (SELECT 1 FROM payment_later.payment p"
      "                         WHERE p.order_id = subject AND (said.status, p.status) IN (VALUES"
      "                               ('COMPLETED', 'COMPLETED'), ('COMPLETED', 'REFUNDED'), ('REFUNDED', 'REFUNDED'),"
      "                               ('DECLINED', 'DECLINED'), ('DECLINED', 'VOIDED'), ('VOIDED', 'VOIDED')))"
      "       ELSE type GLOB 'notification.*'"
      "            AND EXISTS (SELECT 1 FROM notify_later.notification n"
      "                         WHERE n.order_id = subject AND n.kind = said.kind AND n.status = said.status) END" },

    { "said", EVENTS, &examined_steps, "were said to the other services, as were payments and notifications",
      "WITH " CHANGES
      "SELECT DISTINCT order_id, format('%s never said that it is %s %s', service, status, kind), "
                       MAY_BE_PRUNED("order_id")
      "  FROM change"
      " WHERE NOT EXISTS (SELECT 1 FROM said WHERE said.subject = change.order_id AND said.service = change.service"
      "                                        AND said.status = change.status AND said.kind = change.kind)" },

    /* The arrows of EVENTS.md: what may be said because of what. */
    { "cause", EVENTS, &examined_events, "have a cause that may cause them, and are about the same order",
      "SELECT out.subject, format('%s said %s because of %s%s', out.service, out.type, " KIND_OF("causation") ","
      "                           iif(said.subject <> out.subject, ' of another order', '')),"
      "       said.type IS NULL AND " MAY_BE_PRUNED("causation") ", out.event_id"
      "  FROM outbox_row AS out LEFT JOIN said ON said.event_id = causation"
      " WHERE said.subject <> out.subject OR (out.type, " KIND_OF("causation") ") NOT IN (VALUES"
      "       ('order.created',       'request'),"
      "       ('payment.completed',   'order.created'),"
      "       ('payment.declined',    'order.created'),"
      "       ('order.paid',          'payment.completed'),"
      "       ('order.rejected',      'payment.declined'),"
      "       ('order.cancelled',     'request'),"
      "       ('order.cancelled',     'timer'),"
      "       ('order.cancelled',     'payment.completed'),"      /* given up */
      "       ('order.cancelled',     'order.created'),"          /* could not be published */
      "       ('payment.voided',      'order.cancelled'),"
      "       ('payment.refunded',    'order.cancelled'),"
      "       ('notification.sent',   'order.paid'),      ('notification.failed', 'order.paid'),"
      "       ('notification.sent',   'order.rejected'),  ('notification.failed', 'order.rejected'),"
      "       ('notification.sent',   'order.cancelled'), ('notification.failed', 'order.cancelled'),"
      "       ('notification.sent',   'payment.refunded'),('notification.failed', 'payment.refunded'),"
      "       ('notification.sent',   'completion:delivered'),"
      "       ('notification.failed', 'completion:undeliverable'))" },

    /* The id after the last colon is that of the notification that was posted. */
    { "posted-truly", EVENTS, &examined_events, "were said of the notification that was posted, if one was",
      "SELECT subject, format('%s because of %s, which is no post about this order', type, causation), 0, event_id"
      "  FROM outbox_row AS out"
      " WHERE causation GLOB 'completion:*'"
      "   AND NOT EXISTS (SELECT 1 FROM notify_later.notification n"
      "                    WHERE n.order_id = subject AND n.notification_id = substr(causation, -36)"
      "                      AND n.channel = 'webhook' AND n.tries > 0"
      "                      AND (n.status, out.type) IN (VALUES ('SENT', 'notification.sent'),"
      "                                                          ('FAILED', 'notification.failed')))" },

    { "step-cause", EVENTS, &examined_steps, "have the cause they name, about the same order",
      "SELECT order_id, format('%s because of %s%s', what, " KIND_OF("cause") ","
      "                        iif(said.subject <> order_id, ' of another order', '')),"
      "       said.type IS NULL AND " MAY_BE_PRUNED("cause") ", format('step:%d', order_history.seq)"
      "  FROM order_history LEFT JOIN said ON said.event_id = cause"
      " WHERE said.subject <> order_id OR what <> " KIND_OF("cause") },

    { "money-cause", EVENTS, &examined_movements, "have a cause that may move money, about the same order",
      "SELECT order_id, format('%s of %d because of %s%s', l.kind, amount, " KIND_OF("cause") ","
      "                        iif(said.subject <> order_id, ' of another order', '')),"
      "       said.type IS NULL AND " MAY_BE_PRUNED("cause") ", l.kind"
      "  FROM ledger AS l LEFT JOIN said ON said.event_id = cause"
      " WHERE said.subject <> order_id OR (l.kind, " KIND_OF("cause") ") NOT IN (VALUES"
      "       ('DEPOSIT', 'request'), ('CHARGE', 'order.created'), ('REFUND', 'order.cancelled'))" },

    { .name = NULL },
};
