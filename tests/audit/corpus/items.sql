-- order: an amount that the items do not have
UPDATE orders SET amount = amount + 1
 WHERE order_id = (SELECT order_id FROM orders WHERE status = 'PAID' ORDER BY order_id LIMIT 1);

-- order: an order without items
DELETE FROM order_item WHERE order_id = (SELECT order_id FROM orders WHERE status = 'REJECTED' LIMIT 1);

-- order: items without an order
INSERT INTO order_item
 VALUES ('01890a5d-ac96-774b-bcce-b302099a8057', 1, 'book', 1, 1);
