-- order: a rejected order was paid
UPDATE order_history SET status = 'PAID' WHERE status = 'REJECTED';

-- order: an order that was never created is paid
DELETE FROM order_history
 WHERE order_id = (SELECT order_id FROM orders WHERE status = 'PAID' ORDER BY order_id LIMIT 1) AND status = 'CREATED';

-- order: a rejected order's customer was told of a refund
UPDATE order_history SET detail = 'refunded'
 WHERE what = 'notification.sent' AND order_id = (SELECT order_id FROM orders WHERE status = 'REJECTED' LIMIT 1);

-- order: a rejected order was cancelled
INSERT INTO order_history (order_id, at, what, status, cause)
 VALUES ((SELECT order_id FROM orders WHERE status = 'REJECTED' LIMIT 1), 1, 'request', 'CANCELLED', 'request:x');
