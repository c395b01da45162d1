-- order: an order on a partition that is not its id's
UPDATE orders SET partition = (partition + 1) % 12
 WHERE order_id = (SELECT order_id FROM orders WHERE status = 'PAID' ORDER BY order_id LIMIT 1);

-- order: an id that belongs to another partition
UPDATE orders SET order_id = '01890a5d-ac96-774b-bcce-b302099a8058'
 WHERE order_id = (SELECT order_id FROM orders WHERE status = 'PAID' ORDER BY order_id LIMIT 1);

-- order: the partitions belong to other shards by now
UPDATE meta SET shards = 12;
