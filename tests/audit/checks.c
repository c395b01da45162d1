/* Every check of the auditor. The tables that the queries see are described in audit.h. */
#include "checks.h"

#include <stddef.h>

static const struct population
    files = { "databases", "SELECT 3" },
    orders = { "orders", "SELECT count(*) FROM orders" },
    steps = { "steps of orders", "SELECT count(*) FROM order_history" },
    keys = { "stored answers", "SELECT count(*) FROM idempotency_key WHERE scope GLOB 'POST /orders *'" },
    accounts = { "accounts", "SELECT count(*) FROM account" },
    currencies = { "currencies", "SELECT count(DISTINCT currency) FROM account" },
    payments = { "payments", "SELECT count(*) FROM payment" },
    movements = { "movements of money", "SELECT count(*) FROM ledger" },
    notifications = { "notifications", "SELECT count(*) FROM notification" },
    notices = { "notices", "SELECT count(*) FROM order_notice" },
    events = { "events", "SELECT count(*) FROM said" },
    processed = { "processed events", "SELECT count(*) FROM processed" },
    lines = { "lines of the driver", "SELECT count(*) FROM told_here" };

/* The event was said so long ago that its row may be gone from the outbox. */
#define MAY_BE_PRUNED(id) "coalesce(" id " < (SELECT id FROM horizon), 0)"

/* The row of a service's table about something with this id may have been deleted by retention. */
#define MAY_BE_DELETED(service, table, id) \
    "coalesce(" id " < (SELECT d.id FROM deleted d WHERE d.service = '" service "' AND d.name = '" table "'), 0)"

/* Where other checks see to it that nothing was invented or doubled, equal numbers say that nothing was lost either, and
 * the look at every row is spared. Not so when some of what was invented may pass for pruned. */
#define UNLESS_AS_MANY(found, wanted) \
    "((SELECT count(*) FROM " found ") <> (SELECT count(*) FROM " wanted ") OR EXISTS (SELECT 1 FROM pruned))"

/* All that has to be said: what changed in each service, in the second reading. */
#define CHANGES \
    "change (order_id, service, status, kind) AS (" \
    "  SELECT order_id, 'order-svc', status, '' FROM order_later.order_history" \
    "   WHERE what NOT GLOB 'notification.*' AND what <> 'payment.voided' AND status <> 'REFUNDED' UNION ALL" \
    "  SELECT order_id, 'payment-svc', status, '' FROM payment_later.payment UNION ALL" \
    "  SELECT order_id, 'payment-svc', iif(status = 'REFUNDED', 'COMPLETED', 'DECLINED'), ''" /* it was that before */ \
    "    FROM payment_later.payment WHERE version > 1 UNION ALL" \
    "  SELECT order_id, 'notify-svc', status, kind FROM notify_later.notification WHERE status <> 'PENDING')"

#define HEARD_BY_PAYMENT "type IN ('order.created', 'order.cancelled')"
#define HEARD_BY_NOTIFY "type IN ('order.paid', 'order.rejected', 'order.cancelled', 'payment.refunded')"

/* What kind of cause this is: "request", "timer", "completion:NAME", or the type of the event, which is joined as said. */
#define KIND_OF(cause) \
    "CASE WHEN " cause " GLOB 'request:*' THEN 'request' WHEN " cause " GLOB 'timer:*' THEN 'timer'" \
    "     WHEN " cause " GLOB 'completion:*' THEN substr(" cause ", 1, length(" cause ") - 37)" \
    "     ELSE ifnull(said.type, 'an unknown event') END"

const struct check checks[] = {

    /* ---- the files; the argument is NULL since SQLite 3.46 takes a number there for the name of a table ---- */

    { "integrity", 0, &files, "are whole",
      "SELECT NULL, 'order-svc: ' || integrity_check FROM pragma_integrity_check(NULL, 'order_svc')"
      " WHERE integrity_check <> 'ok' UNION ALL "
      "SELECT NULL, 'payment-svc: ' || integrity_check FROM pragma_integrity_check(NULL, 'payment_svc')"
      " WHERE integrity_check <> 'ok' UNION ALL "
      "SELECT NULL, 'notify-svc: ' || integrity_check FROM pragma_integrity_check(NULL, 'notify_svc')"
      " WHERE integrity_check <> 'ok'" },

    { "identity", 0, &files, "belong to the services they are taken for, and to one set",
      "WITH meta (expected, service, version, shard, shards, partitions, prefix) AS ("
      "  SELECT 'order-svc', service, schema_version, shard, shards, partitions, topic_prefix FROM order_svc.meta"
      "   UNION ALL"
      "  SELECT 'payment-svc', service, schema_version, shard, shards, partitions, topic_prefix FROM payment_svc.meta"
      "   UNION ALL"
      "  SELECT 'notify-svc', service, schema_version, shard, shards, partitions, topic_prefix FROM notify_svc.meta)"
      "SELECT NULL, format('%s: the database belongs to %s', expected, service) FROM meta WHERE service <> expected"
      " UNION ALL "
      "SELECT NULL, 'the three differ in schema version, shard, partitions or topic prefix'"
      " WHERE (SELECT count(*) FROM (SELECT DISTINCT version, shard, shards, partitions, prefix FROM meta)) > 1" },

    /* ---- the shard: of one set with one shard, everything is here ---- */

    { "placed", 0, &orders, "are on the partition of their id, and it is their shard's",
      "SELECT order_id, format('its id is of partition %d, it is on %d, in shard %d of %d',"
      "                        partition_of(order_id, partitions), partition, shard, shards)"
      "  FROM orders, here WHERE partition <> partition_of(order_id, partitions) OR partition % shards <> shard" },

    { "at-home", 0, &accounts, "are of customers of this shard, and so are the orders",
      "SELECT order_id, format('customer %s belongs to shard %d of %d, this is shard %d', customer_id,"
      "                        partition_of(customer_id, shards), shards, shard)"
      "  FROM (SELECT order_id, customer_id FROM orders UNION ALL SELECT NULL, customer_id FROM account), here"
      " WHERE shards > 1 AND partition_of(customer_id, shards) <> shard" },

    /* ---- orders ---- */

    /* The table of DESIGN.md, row by row: what was heard moves an order from one status to the next. */
    { "moves", 0, &steps, "are moves that the table of states allows",
      "WITH step AS ("
      "  SELECT order_id, CASE WHEN what GLOB 'notification.*' THEN 'notice of ' || ifnull(detail, '?') ELSE what END AS"
      "         what, status AS after,"
      "         ifnull((SELECT status FROM order_history h WHERE h.order_id = order_history.order_id"
      "                    AND h.seq < order_history.seq ORDER BY h.seq DESC LIMIT 1), 'nothing') AS before"
      "    FROM order_history)"
      "SELECT order_id, format('from %s by %s to %s', before, what, after) FROM step"
      " WHERE (before, what, after) NOT IN (VALUES"
      "  ('nothing',   'request',             'CREATED'),"
      "  ('CREATED',   'payment.completed',   'PAID'),"
      "  ('CREATED',   'payment.declined',    'REJECTED'),"
      "  ('CREATED',   'request',             'CANCELLED'),"   /* by the customer */
      "  ('CREATED',   'timer',               'CANCELLED'),"   /* it expired */
      "  ('CREATED',   'order.created',       'CANCELLED'),"   /* the broker refused to take it */
      "  ('CREATED',   'payment.completed',   'CANCELLED'),"   /* the payment could not be recorded: given up */
      "  ('PAID',      'request',             'CANCELLED'),"
      "  ('PAID',      'notice of paid',      'PAID'),"
      "  ('REJECTED',  'notice of rejected',  'REJECTED'),"
      "  ('CANCELLED', 'payment.voided',      'CANCELLED'),"   /* closed */
      "  ('CANCELLED', 'payment.refunded',    'REFUNDED'),"
      "  ('CANCELLED', 'notice of paid',      'CANCELLED'),"
      "  ('CANCELLED', 'notice of cancelled', 'CANCELLED'),"
      "  ('CANCELLED', 'notice of refunded',  'CANCELLED'),"
      "  ('REFUNDED',  'notice of paid',      'REFUNDED'),"
      "  ('REFUNDED',  'notice of cancelled', 'REFUNDED'),"
      "  ('REFUNDED',  'notice of refunded',  'REFUNDED'))" },

    { "adds-up", 0, &orders, "are what their history adds up to",
      "SELECT order_id, format('%s, version %d, told %d times; by its history %s, version %d, told %d times',"
      "                        ifnull(orders.status, 'no order'), version, notices, last, changes, told)"
      "  FROM (SELECT order_id, max(seq), status AS last, sum(what GLOB 'notification.*') AS told,"
      "               sum(what NOT GLOB 'notification.*' AND what <> 'payment.voided') AS changes"   /* of status */
      "          FROM order_history GROUP BY order_id)"
      "       LEFT JOIN (SELECT *, (SELECT count(*) FROM order_notice n WHERE n.order_id = orders.order_id) AS notices"
      "                    FROM orders) AS orders USING (order_id)"
      " WHERE orders.status IS NOT last OR version IS NOT changes OR notices IS NOT told"
      " UNION ALL "
      "SELECT order_id, format('%s, without a history', status) FROM orders"
      " WHERE NOT EXISTS (SELECT 1 FROM order_history h WHERE h.order_id = orders.order_id)" },

    { "closed", 0, &orders, "are closed if, and only if, nothing more can happen to them",
      "WITH ended AS ("
      "  SELECT order_id, status, closed_at IS NOT NULL AS closed,"
      "         CASE status"
      "         WHEN 'PAID' THEN EXISTS (SELECT 1 FROM order_notice n"
      "                                   WHERE n.order_id = orders.order_id AND kind = 'paid')"
      "         WHEN 'REJECTED' THEN EXISTS (SELECT 1 FROM order_notice n"
      "                                       WHERE n.order_id = orders.order_id AND kind = 'rejected')"
      "         WHEN 'CANCELLED' THEN EXISTS (SELECT 1 FROM order_history h"
      "                                        WHERE h.order_id = orders.order_id AND what = 'payment.voided')"
      "         ELSE status = 'REFUNDED' END AS over"
      "    FROM orders)"
      "SELECT order_id, format('%s and %s', status, iif(closed, 'closed too early', 'should be closed'))"
      "  FROM ended WHERE closed <> over" },

    { "one-end", QUIET, &orders, "reached one end",
      "SELECT order_id, format('stays %s', status) FROM orders WHERE closed_at IS NULL" },

    { "items", 0, &orders, "cost as much as their items",
      "SELECT order_id, format('the order is over %d, its items over %d', sum(amount), sum(items)) FROM ("
      "  SELECT order_id, amount, 0 AS items FROM orders UNION ALL"
      "  SELECT order_id, 0, quantity * unit_price FROM order_item)"
      " GROUP BY order_id HAVING sum(amount) <> sum(items)" },

    { "keys", 0, &keys, "name an order, each one of its own",
      "WITH answer AS (SELECT substr(location, 9) AS order_id, key FROM idempotency_key"   /* after "/orders/" */
      "                 WHERE scope GLOB 'POST /orders *')"
      "SELECT order_id, format('the answer to key %s names it, and there is no such order', key) FROM answer"
      " WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.order_id = answer.order_id)"
      " UNION ALL "
      "SELECT order_id, format('%d keys name it', count(*)) FROM answer GROUP BY order_id HAVING count(*) > 1" },

    /* ---- orders and payments ---- */

    { "decided", 0, &orders, "moved only as payment-svc had decided",
      "SELECT order_id, format('%s, but the payment is %s', o.status, ifnull(p.status, 'missing'))"
      "  FROM orders o LEFT JOIN payment_later.payment p USING (order_id)"
      " WHERE (o.status <> 'CREATED' AND NOT (o.status = 'CANCELLED' AND closed_at IS NULL))"
      "   AND (o.status, ifnull(p.status, 'missing')) NOT IN (VALUES"
      "        ('PAID', 'COMPLETED'), ('PAID', 'REFUNDED'), ('REJECTED', 'DECLINED'), ('CANCELLED', 'VOIDED'),"
      "        ('REFUNDED', 'REFUNDED'))" },

    /* What could not be read when it was declined or voided has no amount. */
    { "of-an-order", 0, &payments, "are for an order: the same customer, currency and amount",
      "SELECT order_id, CASE WHEN o.status IS NULL THEN 'there is no such order'"
      "                 ELSE format('the order: %s, %d %s; the payment: %s, %d %s', o.customer_id, o.amount,"
      "                             o.currency, p.customer_id, p.amount, p.currency) END"
      "  FROM payment p LEFT JOIN order_later.orders o USING (order_id)"
      " WHERE o.status IS NULL"
      "    OR (p.customer_id, p.currency, p.amount) IS NOT (o.customer_id, o.currency, o.amount)"
      "   AND NOT (p.status IN ('DECLINED', 'VOIDED') AND p.amount IS NULL)" },

    { "paid-for", QUIET, &orders, "have a payment",
      "SELECT order_id, 'payment-svc knows nothing of it' FROM orders"
      " WHERE " UNLESS_AS_MANY("payment", "orders")
      "   AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.order_id = orders.order_id)" },

    { "agreement", QUIET, &orders, "ended as their payment did, and for the same reason",
      "SELECT order_id, format('the order is %s (%s), its payment %s (%s)', o.status, ifnull(o.reason, '-'), p.status,"
      "                        ifnull(p.reason, '-'))"
      "  FROM orders o JOIN payment p USING (order_id)"
      " WHERE (o.status, p.status) NOT IN (VALUES"
      "        ('PAID', 'COMPLETED'), ('REJECTED', 'DECLINED'), ('CANCELLED', 'VOIDED'), ('REFUNDED', 'REFUNDED'))"
      "    OR (o.status = 'REJECTED' AND o.reason IS NOT p.reason)" },

    /* ---- money ---- */

    { "balance", 0, &accounts, "hold the sum of their ledger",
      "SELECT NULL, format('%s has %d, its ledger sums up to %d', customer_id, sum(balance), sum(movement)) FROM ("
      "  SELECT customer_id, balance, 0 AS movement FROM account UNION ALL"
      "  SELECT customer_id, 0, amount FROM ledger)"
      " GROUP BY customer_id HAVING sum(balance) <> sum(movement)" },

    { "charge", 0, &payments, "took what they say, from whom they say: each charge has its payment",
      "SELECT order_id, format('payments took %d from %s, the ledger says %d', sum(paid), customer_id, sum(charged))"
      "  FROM ("
      "  SELECT order_id, customer_id, amount AS paid, 0 AS charged FROM payment"
      "   WHERE status IN ('COMPLETED', 'REFUNDED') UNION ALL"
      "  SELECT order_id, customer_id, 0, -amount FROM ledger WHERE kind = 'CHARGE')"
      " GROUP BY order_id, customer_id HAVING sum(paid) IS NOT sum(charged)" },

    { "refund", 0, &payments, "gave back what they took, if refunded: each refund has its payment",
      "SELECT order_id, format('payments gave %d back to %s, the ledger says %d', sum(paid), customer_id, sum(refunded))"
      "  FROM ("
      "  SELECT order_id, customer_id, amount AS paid, 0 AS refunded FROM payment"
      "   WHERE status = 'REFUNDED' UNION ALL"
      "  SELECT order_id, customer_id, 0, amount FROM ledger WHERE kind = 'REFUND')"
      " GROUP BY order_id, customer_id HAVING sum(paid) IS NOT sum(refunded)" },

    { "once", 0, &movements, "happened once",
      "SELECT order_id, format('%s of %d stands %d times in the ledger', kind, amount, count(*))"
      "  FROM ledger WHERE order_id IS NOT NULL GROUP BY order_id, kind HAVING count(*) > 1" },

    { "total", QUIET, &currencies, "hold what the paid orders cost: captured less refunded",
      "WITH flow AS ("
      "  SELECT order_id, currency, -amount AS amount FROM ledger JOIN account USING (customer_id)"
      "   WHERE kind <> 'DEPOSIT'"
      "   UNION ALL"
      "  SELECT order_id, currency, -amount FROM orders WHERE status = 'PAID')"
      "SELECT NULL, format('%s: %d more was captured than the paid orders cost', currency, sum(amount)) FROM flow"
      " WHERE order_id NOT IN (SELECT order_id FROM excused) GROUP BY currency HAVING sum(amount) <> 0" },

    /* ---- telling the customer ---- */

    { "told-once", 0, &notifications, "are the only one of their order and kind",
      "SELECT order_id, format('told %d times that it is %s', count(*), kind) FROM notification"
      " GROUP BY order_id, kind HAVING count(*) > 1" },

    /* payment.refunded reaches notify-svc by itself: it may tell of it before the order is REFUNDED. */
    { "told-truly", 0, &notifications, "tell of what happened",
      "SELECT order_id, format('told that it is %s, which it never was', kind) FROM notification AS told"
      " WHERE NOT CASE kind"
      "       WHEN 'refunded' THEN EXISTS (SELECT 1 FROM payment_later.payment p"
      "                                     WHERE p.order_id = told.order_id AND status = 'REFUNDED')"
      "       ELSE EXISTS (SELECT 1 FROM order_later.order_history h"
      "                     WHERE h.order_id = told.order_id AND lower(status) = kind) END" },

    { "told", QUIET, &orders, "had each change told to their customer",
      "SELECT DISTINCT order_id, format('was never told that it is %s', lower(status)) FROM order_history AS h"
      " WHERE " UNLESS_AS_MANY("notification", "order_history WHERE status <> 'CREATED'"
                               " AND what NOT GLOB 'notification.*' AND what <> 'payment.voided'")
      "   AND status <> 'CREATED'"
      "   AND NOT EXISTS (SELECT 1 FROM notification n WHERE n.order_id = h.order_id AND kind = lower(h.status))" },

    { "noticed-truly", 0, &notices, "are of notifications that ended so",
      "SELECT order_id, format('notice of %s %s, but the notification is %s', kind, outcome,"
      "                        ifnull(n.status, 'missing'))"
      "  FROM order_notice LEFT JOIN notify_later.notification n USING (order_id, kind)"
      " WHERE n.status IS NOT outcome" },

    { "noticed", QUIET, &notifications, "that ended were noticed by the order",
      "SELECT order_id, format('order-svc does not know that it was told of %s: %s', kind, status)"
      "  FROM notification n LEFT JOIN order_notice o USING (order_id, kind)"
      " WHERE " UNLESS_AS_MANY("order_notice", "notification WHERE status <> 'PENDING'")
      "   AND status <> 'PENDING' AND o.outcome IS NULL" },

    /* ---- what was said ---- */

    { "event-ids", EVENTS, &events, "have an id of their own",
      "SELECT subject, format('%s said %s with the id %s, as somebody else did', service, type, event_id) FROM said"
      " WHERE event_id IN (SELECT event_id FROM said GROUP BY event_id HAVING count(*) > 1)" },

    { "said-once", EVENTS, &events, "were said once",
      "SELECT subject, format('%s said %d times that it is %s %s', service, count(*), status, kind) FROM said"
      " GROUP BY subject, service, status, kind HAVING count(*) > 1" },

    { "said-truly", EVENTS, &events, "were said by whoever may say them, of what had happened",
      "WITH " CHANGES
      "SELECT subject, format('%s said %s %s, but nothing of the kind happened there', service, type, kind) FROM said"
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

    { "said", EVENTS, &steps, "were said to the other services, as were payments and notifications",
      "WITH " CHANGES
      "SELECT DISTINCT order_id, format('%s never said that it is %s %s', service, status, kind), "
                       MAY_BE_PRUNED("order_id")
      "  FROM change"
      " WHERE NOT EXISTS (SELECT 1 FROM said WHERE said.subject = change.order_id AND said.service = change.service"
      "                                        AND said.status = change.status AND said.kind = change.kind)" },

    /* The arrows of EVENTS.md: what may be said because of what. */
    { "cause", EVENTS, &events, "have a cause that may cause them, and are about the same order",
      "SELECT out.subject, format('%s said %s because of %s%s', out.service, out.type, " KIND_OF("causation") ","
      "                           iif(said.subject <> out.subject, ' of another order', '')),"
      "       said.type IS NULL AND " MAY_BE_PRUNED("causation")
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
    { "posted-truly", EVENTS, &events, "were said of the notification that was posted, if one was",
      "SELECT subject, format('%s because of %s, which is no post about this order', type, causation)"
      "  FROM outbox_row AS out"
      " WHERE causation GLOB 'completion:*'"
      "   AND NOT EXISTS (SELECT 1 FROM notify_later.notification n"
      "                    WHERE n.order_id = subject AND n.notification_id = substr(causation, -36)"
      "                      AND n.channel = 'webhook' AND n.tries > 0"
      "                      AND (n.status, out.type) IN (VALUES ('SENT', 'notification.sent'),"
      "                                                          ('FAILED', 'notification.failed')))" },

    { "step-cause", EVENTS, &steps, "have the cause they name, about the same order",
      "SELECT order_id, format('%s because of %s%s', what, " KIND_OF("cause") ","
      "                        iif(said.subject <> order_id, ' of another order', '')),"
      "       said.type IS NULL AND " MAY_BE_PRUNED("cause")
      "  FROM order_history LEFT JOIN said ON said.event_id = cause"
      " WHERE said.subject <> order_id OR what <> " KIND_OF("cause") },

    { "money-cause", EVENTS, &movements, "have a cause that may move money, about the same order",
      "SELECT order_id, format('%s of %d because of %s%s', l.kind, amount, " KIND_OF("cause") ","
      "                        iif(said.subject <> order_id, ' of another order', '')),"
      "       said.type IS NULL AND " MAY_BE_PRUNED("cause")
      "  FROM ledger AS l LEFT JOIN said ON said.event_id = cause"
      " WHERE said.subject <> order_id OR (l.kind, " KIND_OF("cause") ") NOT IN (VALUES"
      "       ('DEPOSIT', 'request'), ('CHARGE', 'order.created'), ('REFUND', 'order.cancelled'))" },

    /* ---- what was heard ---- */

    { "heard-truly", EVENTS, &processed, "were said, and concern the service that processed them",
      "SELECT said.subject, format('%s processed %s: %s', processed.service, event_id, ifnull(type, 'nobody said it')),"
      "       type IS NULL AND " MAY_BE_PRUNED("event_id")
      "  FROM processed LEFT JOIN said USING (event_id)"
      " WHERE NOT CASE processed.service"
      "       WHEN 'payment-svc' THEN ifnull(" HEARD_BY_PAYMENT ", 0) ELSE ifnull(" HEARD_BY_NOTIFY ", 0) END" },

    /* order-svc keeps no processed_event: its orders show what it heard. What the broker refused nobody can hear. */
    { "heard", QUIET | EVENTS, &events, "were processed by whoever has to hear them",
      "SELECT subject, 'payment-svc never processed ' || type, "
                       MAY_BE_DELETED("payment-svc", "processed_event", "event_id")
      "  FROM said"
      " WHERE " UNLESS_AS_MANY("payment_svc.processed_event", "said WHERE " HEARD_BY_PAYMENT)
      "   AND " HEARD_BY_PAYMENT
      "   AND NOT EXISTS (SELECT 1 FROM payment_svc.processed_event p WHERE p.event_id = said.event_id)"
      "   AND event_id NOT IN (SELECT event_id FROM abandoned)"
      " UNION ALL "
      "SELECT subject, 'notify-svc never processed ' || type, "
                       MAY_BE_DELETED("notify-svc", "processed_event", "event_id")
      "  FROM said"
      " WHERE " UNLESS_AS_MANY("notify_svc.processed_event", "said WHERE " HEARD_BY_NOTIFY)
      "   AND " HEARD_BY_NOTIFY
      "   AND NOT EXISTS (SELECT 1 FROM notify_svc.processed_event p WHERE p.event_id = said.event_id)"
      "   AND event_id NOT IN (SELECT event_id FROM abandoned)" },

    /* ---- nothing is pending ---- */

    { "sent", QUIET | EVENTS, &events, "were taken by the broker",
      "SELECT subject, format('%s waits in the outbox of %s', type, service) FROM outbox_row"
      " WHERE seq > CASE service"
      "       WHEN 'order-svc' THEN (SELECT seq FROM order_svc.relay_cursor)"
      "       WHEN 'payment-svc' THEN (SELECT seq FROM payment_svc.relay_cursor)"
      "       ELSE (SELECT seq FROM notify_svc.relay_cursor) END" },

    { "delivered", QUIET, &notifications, "were delivered or given up",
      "SELECT order_id, format('the notification of %s is PENDING after %d tries', kind, tries) FROM notification"
      " WHERE status = 'PENDING'" },

    /* ---- what the load driver was told ---- */

    { "acknowledged", HISTORY, &lines, "name an order that exists, if it was acknowledged",
      "SELECT order_id, format('line %d: it was acknowledged, and does not exist', line) FROM told_here AS told"
      " WHERE outcome = 'acknowledged'"
      "   AND NOT EXISTS (SELECT 1 FROM order_later.orders o WHERE o.order_id = told.order_id)" },

    { "one-per-key", HISTORY, &lines, "have one order for each key",
      "SELECT order_id, format('line %d: the stored answer to key %s does not name it', line, key), "
                        MAY_BE_DELETED("order-svc", "idempotency_key", "order_id")
      "  FROM told_here AS told"
      " WHERE outcome = 'acknowledged' AND key <> '-'"
      "   AND NOT EXISTS (SELECT 1 FROM order_later.idempotency_key i"
      "                    WHERE i.key = told.key AND location = '/orders/' || told.order_id)"
      " UNION ALL "
      "SELECT max(order_id), format('key %s made %d orders', key, count(DISTINCT order_id)), 0 FROM told"
      " WHERE outcome = 'acknowledged' AND key <> '-' GROUP BY key"
      " HAVING count(DISTINCT order_id) > 1 AND max(order_id) IN (SELECT order_id FROM told_here)" },

    /* A key that was refused once, for another body, may have made an order with the first. */
    { "refused", HISTORY, &lines, "have no order, if all was refused",
      "SELECT substr(location, 9), format('line %d: key %s was refused, and made an order', line, told.key)"
      "  FROM told JOIN order_later.idempotency_key i ON i.key = told.key AND scope GLOB 'POST /orders *'"
      " WHERE outcome = 'refused'"
      "   AND NOT EXISTS (SELECT 1 FROM told AS other WHERE other.key = told.key AND other.outcome <> 'refused')"
      " UNION ALL "
      "SELECT order_id, format('line %d: it was refused, and exists', line) FROM told"
      " WHERE outcome = 'refused' AND EXISTS (SELECT 1 FROM order_later.orders o WHERE o.order_id = told.order_id)"
      "   AND NOT EXISTS (SELECT 1 FROM told AS other"
      "                    WHERE other.order_id = told.order_id AND other.outcome <> 'refused')" },

    { .name = NULL },
};
