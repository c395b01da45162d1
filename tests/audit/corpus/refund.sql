-- payment: a refund that was lost
DELETE FROM ledger WHERE kind = 'REFUND';

-- payment: a refund that nobody decided
INSERT INTO ledger (customer_id, order_id, kind, amount, at, cause)
 SELECT customer_id, order_id, 'REFUND', amount, 1, 'x' FROM payment WHERE status = 'COMPLETED';
