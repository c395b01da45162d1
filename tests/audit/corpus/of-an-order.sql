-- payment: an amount that is not the order's
UPDATE payment SET amount = amount + 1
 WHERE order_id = (SELECT order_id FROM payment WHERE status = 'COMPLETED' ORDER BY order_id LIMIT 1);

-- payment: a payment of another customer
UPDATE payment SET customer_id = 'bob'
 WHERE order_id = (SELECT order_id FROM payment WHERE status = 'COMPLETED' ORDER BY order_id LIMIT 1);

-- payment: a payment without an amount
UPDATE payment SET amount = NULL
 WHERE order_id = (SELECT order_id FROM payment WHERE status = 'COMPLETED' ORDER BY order_id LIMIT 1);

-- payment: a payment for nobody's order
INSERT INTO payment
 SELECT '01890a5d-ac96-774b-bcce-b302099a8057', customer_id, currency, amount, status, reason, version, decided_at
  FROM payment WHERE status = 'DECLINED' LIMIT 1;
