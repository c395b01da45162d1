/* Payments and money: what was decided of orders, what accounts hold. */
#include "checks_private.h"

#include <stddef.h>

const struct check checks_of_money[] = {

    /* ---- orders and payments ---- */

    { "decided", 0, &examined_orders, "moved only as payment-svc had decided",
      "SELECT order_id, format('%s, but the payment is %s', o.status, ifnull(p.status, 'missing')), 0, 'payment'"
      "  FROM orders o LEFT JOIN payment_later.payment p USING (order_id)"
      " WHERE (o.status <> 'CREATED' AND NOT (o.status = 'CANCELLED' AND closed_at IS NULL))"
      "   AND (o.status, ifnull(p.status, 'missing')) NOT IN (VALUES"
      "        ('PAID', 'COMPLETED'), ('PAID', 'REFUNDED'), ('REJECTED', 'DECLINED'), ('CANCELLED', 'VOIDED'),"
      "        ('REFUNDED', 'REFUNDED'))" },

    /* What could not be read when it was declined or voided has no amount. */
    { "of-an-order", 0, &examined_payments, "are for an order: the same customer, currency and amount",
      "SELECT order_id, CASE WHEN o.status IS NULL THEN 'there is no such order'"
      "                 ELSE format('the order: %s, %d %s; the payment: %s, %d %s', o.customer_id, o.amount,"
      "                             o.currency, p.customer_id, p.amount, p.currency) END, 0, 'payment'"
      "  FROM payment p LEFT JOIN order_later.orders o USING (order_id)"
      " WHERE o.status IS NULL"
      "    OR (p.customer_id, p.currency, p.amount) IS NOT (o.customer_id, o.currency, o.amount)"
      "   AND NOT (p.status IN ('DECLINED', 'VOIDED') AND p.amount IS NULL)" },

    { "paid-for", QUIET, &examined_orders, "have a payment",
      "SELECT order_id, 'payment-svc knows nothing of it' FROM orders"
      " WHERE " UNLESS_AS_MANY("payment", "orders")
      "   AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.order_id = orders.order_id)" },

    { "agreement", QUIET, &examined_orders, "ended as their payment did, and for the same reason",
      "SELECT order_id, format('the order is %s (%s), its payment %s (%s)', o.status, ifnull(o.reason, '-'), p.status,"
      "                        ifnull(p.reason, '-')), 0, 'payment'"
      "  FROM orders o JOIN payment p USING (order_id)"
      " WHERE (o.status, p.status) NOT IN (VALUES"
      "        ('PAID', 'COMPLETED'), ('REJECTED', 'DECLINED'), ('CANCELLED', 'VOIDED'), ('REFUNDED', 'REFUNDED'))"
      "    OR (o.status = 'REJECTED' AND o.reason IS NOT p.reason)" },

    /* ---- money ---- */

    { "balance", 0, &examined_accounts, "hold the sum of their ledger",
      "SELECT NULL, format('%s has %d, its ledger sums up to %d', customer_id, sum(balance), sum(movement)) FROM ("
      "  SELECT customer_id, balance, 0 AS movement FROM account UNION ALL"
      "  SELECT customer_id, 0, amount FROM ledger)"
      " GROUP BY customer_id HAVING sum(balance) <> sum(movement)" },

    { "charge", 0, &examined_payments, "took what they say, from whom they say: each charge has its payment",
      "SELECT order_id, format('payments took %d from %s, the ledger says %d', sum(paid), customer_id, sum(charged)), 0, 'CHARGE'"
      "  FROM ("
      "  SELECT order_id, customer_id, amount AS paid, 0 AS charged FROM payment"
      "   WHERE status IN ('COMPLETED', 'REFUNDED') UNION ALL"
      "  SELECT order_id, customer_id, 0, -amount FROM ledger WHERE kind = 'CHARGE')"
      " GROUP BY order_id, customer_id HAVING sum(paid) IS NOT sum(charged)" },

    { "refund", 0, &examined_payments, "gave back what they took, if refunded: each refund has its payment",
      "SELECT order_id, format('payments gave %d back to %s, the ledger says %d', sum(paid), customer_id, sum(refunded)), 0,"
      "       'REFUND'"
      "  FROM ("
      "  SELECT order_id, customer_id, amount AS paid, 0 AS refunded FROM payment"
      "   WHERE status = 'REFUNDED' UNION ALL"
      "  SELECT order_id, customer_id, 0, amount FROM ledger WHERE kind = 'REFUND')"
      " GROUP BY order_id, customer_id HAVING sum(paid) IS NOT sum(refunded)" },

    { "once", 0, &examined_movements, "happened once",
      "SELECT order_id, format('%s of %d stands %d times in the ledger', kind, amount, count(*)), 0, kind"
      "  FROM ledger WHERE order_id IS NOT NULL GROUP BY order_id, kind HAVING count(*) > 1" },

    { "total", QUIET, &examined_currencies, "hold what the paid orders cost: captured less refunded",
      "WITH flow AS ("
      "  SELECT order_id, currency, -amount AS amount FROM ledger JOIN account USING (customer_id)"
      "   WHERE kind <> 'DEPOSIT'"
      "   UNION ALL"
      "  SELECT order_id, currency, -amount FROM orders WHERE status = 'PAID')"
      "SELECT NULL, format('%s: %d more was captured than the paid orders cost', currency, sum(amount)) FROM flow"
      " WHERE order_id NOT IN (SELECT order_id FROM excused) GROUP BY currency HAVING sum(amount) <> 0" },

    { .name = NULL },
};
