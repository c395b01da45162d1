-- order: a version that no step made
UPDATE orders SET version = version + 1
 WHERE order_id = (SELECT order_id FROM orders WHERE status = 'PAID' ORDER BY order_id LIMIT 1);

-- order: a status that no step made
UPDATE orders SET status = 'CREATED'
 WHERE order_id = (SELECT order_id FROM orders WHERE status = 'PAID' ORDER BY order_id LIMIT 1);

-- order: an order without a history
DELETE FROM order_history
 WHERE order_id = (SELECT order_id FROM orders WHERE status = 'PAID' ORDER BY order_id LIMIT 1);

-- order: a history without an order
DELETE FROM orders WHERE order_id = (SELECT order_id FROM orders WHERE status = 'PAID' ORDER BY order_id LIMIT 1);

-- order: notices that were noted twice
INSERT INTO order_history (order_id, at, what, status, detail, cause)
 SELECT order_id, at, what, status, detail, cause FROM order_history WHERE what = 'notification.sent';
