-- payment: more captured than orders cost
UPDATE ledger SET amount = amount - 1
 WHERE order_id = (SELECT order_id FROM payment WHERE status = 'COMPLETED' ORDER BY order_id LIMIT 1);

-- order: captured for an order that is gone
DELETE FROM orders WHERE order_id = (SELECT order_id FROM orders WHERE status = 'PAID' ORDER BY order_id LIMIT 1);
