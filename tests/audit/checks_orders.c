/* Orders: their moves, what they add up to, their end. */
#include "checks_private.h"

#include <stddef.h>

const struct check checks_of_orders[] = {

    /* The table of DESIGN.md, row by row: what was heard moves an order from one status to the next. */
    { "moves", 0, &examined_steps, "are moves that the table of states allows",
      "WITH step AS ("
      "  SELECT seq, order_id, CASE WHEN what GLOB 'notification.*' THEN 'notice of ' || ifnull(detail, '?') ELSE what END AS"
      "         what, status AS after,"
      "         ifnull((SELECT status FROM order_history h WHERE h.order_id = order_history.order_id"
      "                    AND h.seq < order_history.seq ORDER BY h.seq DESC LIMIT 1), 'nothing') AS before"
      "    FROM order_history)"
      "SELECT order_id, format('from %s by %s to %s', before, what, after), 0, format('step:%d', seq) FROM step"
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

    { "adds-up", 0, &examined_orders, "are what their history adds up to",
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

    { "closed", 0, &examined_orders, "are closed if, and only if, nothing more can happen to them",
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
      "SELECT order_id, format('%s and %s', status, iif(closed, 'closed too early', 'should be closed')), 0,"
      "       'closed'"
      "  FROM ended WHERE closed <> over" },

    { "one-end", QUIET, &examined_orders, "reached one end",
      "SELECT order_id, format('stays %s', status) FROM orders WHERE closed_at IS NULL" },

    { "items", 0, &examined_orders, "cost as much as their items",
      "SELECT order_id, format('the order is over %d, its items over %d', sum(amount), sum(items)) FROM ("
      "  SELECT order_id, amount, 0 AS items FROM orders UNION ALL"
      "  SELECT order_id, 0, quantity * unit_price FROM order_item)"
      " GROUP BY order_id HAVING sum(amount) <> sum(items)" },

    { "keys", 0, &examined_keys, "name an order, each one of its own",
      "WITH answer AS (SELECT substr(location, 9) AS order_id, key FROM idempotency_key"   /* after "/orders/" */
      "                 WHERE scope GLOB 'POST /orders *')"
      "SELECT order_id, format('the answer to key %s names it, and there is no such order', key) FROM answer"
      " WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.order_id = answer.order_id)"
      " UNION ALL "
      "SELECT order_id, format('%d keys name it', count(*)) FROM answer GROUP BY order_id HAVING count(*) > 1" },

    { .name = NULL },
};
