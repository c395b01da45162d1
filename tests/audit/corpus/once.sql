-- payment: charged twice
DROP INDEX ledger_once;
INSERT INTO ledger (customer_id, order_id, kind, amount, at, cause)
 SELECT customer_id, order_id, kind, amount, at, cause FROM ledger WHERE order_id = (SELECT order_id FROM payment
  WHERE status = 'COMPLETED' ORDER BY order_id LIMIT 1);

-- payment: given back twice
DROP INDEX ledger_once;
INSERT INTO ledger (customer_id, order_id, kind, amount, at, cause)
 SELECT customer_id, order_id, kind, amount, at, cause FROM ledger WHERE kind = 'REFUND';
