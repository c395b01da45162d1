-- order: closed before the customer's notice
DELETE FROM order_notice
 WHERE order_id = (SELECT order_id FROM orders WHERE status = 'PAID' ORDER BY order_id LIMIT 1);

-- order: closed, and nobody voided the payment
DELETE FROM order_history WHERE what = 'payment.voided';

-- order: over, and not closed
UPDATE orders SET closed_at = NULL WHERE order_id = (SELECT order_id FROM orders WHERE status = 'REJECTED' LIMIT 1);
