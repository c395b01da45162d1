-- order: what was said first stands behind what was said later
UPDATE outbox SET seq = -seq WHERE type = 'order.created'
 AND subject = (SELECT subject FROM outbox WHERE type = 'order.cancelled' ORDER BY seq LIMIT 1);
UPDATE outbox SET seq = -(SELECT seq FROM outbox WHERE seq < 0)
 WHERE seq = (SELECT seq FROM outbox WHERE type = 'order.cancelled' ORDER BY seq LIMIT 1);
UPDATE outbox SET seq = (SELECT max(seq) FROM outbox) + 1 WHERE seq < 0;
UPDATE relay_cursor SET seq = (SELECT max(seq) FROM outbox);
