-- order: an order that never ends
UPDATE orders SET closed_at = NULL
 WHERE order_id = (SELECT order_id FROM orders WHERE status = 'PAID' ORDER BY order_id LIMIT 1);

-- order: an order that was forgotten
INSERT INTO orders
 SELECT '01890a5d-ac96-774b-bcce-b302099a8057', customer_id, currency, amount, 'CREATED', NULL, 1, partition,
  created_seq, created_at, pay_by, NULL FROM orders WHERE order_id = (SELECT order_id FROM orders WHERE status =
  'PAID' ORDER BY order_id LIMIT 1);
