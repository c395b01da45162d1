-- payment: paid for, and payment-svc knows nothing
DELETE FROM payment
 WHERE order_id = (SELECT order_id FROM payment WHERE status = 'COMPLETED' ORDER BY order_id LIMIT 1);

-- payment: given back, and payment-svc did not
UPDATE payment SET status = 'COMPLETED' WHERE status = 'REFUNDED';
