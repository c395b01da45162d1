-- payment: the order was rejected, the payment voided
UPDATE payment SET status = 'VOIDED' WHERE status = 'DECLINED';

-- payment: declined for another reason
UPDATE payment SET reason = 'expired' WHERE status = 'DECLINED';

-- payment: given back, and the order stays paid
UPDATE payment SET status = 'REFUNDED'
 WHERE order_id = (SELECT order_id FROM payment WHERE status = 'COMPLETED' ORDER BY order_id LIMIT 1);
