-- order: a record with another key
UPDATE outbox SET subject = (SELECT subject FROM outbox ORDER BY seq LIMIT 1)
 WHERE seq = (SELECT seq FROM outbox WHERE type = 'order.rejected' LIMIT 1);

-- payment: a record with another value
UPDATE outbox SET data = json_set(data, '$.amount', json_extract(data, '$.amount') + 1) WHERE type = 'payment.completed';

-- order: a record of another type
UPDATE outbox SET type = 'order.paid' WHERE type = 'order.rejected';

-- notify: a record on another partition
UPDATE outbox SET partition = (partition + 1) % 12 WHERE seq = (SELECT max(seq) FROM outbox WHERE packed IS NULL);

-- payment: a record that names another cause
UPDATE outbox SET causation = 'request:x' WHERE type = 'payment.refunded';
