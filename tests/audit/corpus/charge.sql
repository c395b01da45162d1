-- payment: a charge that was lost
UPDATE account SET balance = balance - (SELECT amount FROM ledger WHERE order_id = (SELECT order_id FROM payment WHERE
  status = 'COMPLETED' ORDER BY order_id LIMIT 1) AND kind = 'CHARGE')
 WHERE customer_id = 'alice';
DELETE FROM ledger
 WHERE kind = 'CHARGE' AND order_id = (SELECT order_id FROM payment WHERE status = 'COMPLETED' ORDER BY order_id LIMIT
  1);

-- payment: a charge of another amount
UPDATE ledger SET amount = amount - 1
 WHERE order_id = (SELECT order_id FROM payment WHERE status = 'COMPLETED' ORDER BY order_id LIMIT 1);

-- payment: a charge of another customer
UPDATE ledger SET customer_id = 'bob'
 WHERE order_id = (SELECT order_id FROM payment WHERE status = 'COMPLETED' ORDER BY order_id LIMIT 1);

-- payment: charged, and declined
UPDATE payment SET status = 'DECLINED'
 WHERE order_id = (SELECT order_id FROM payment WHERE status = 'COMPLETED' ORDER BY order_id LIMIT 1);

-- payment: a charge that nobody decided
INSERT INTO ledger (customer_id, order_id, kind, amount, at, cause)
 SELECT customer_id, order_id, 'CHARGE', -1, 1, 'x' FROM payment WHERE status = 'DECLINED';
