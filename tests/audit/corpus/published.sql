-- order: the broker took it, and it is not there
INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data)
 SELECT '01890a5d-ac96-774b-bcce-b302099a8058', type, subject, partition, sequence, causation, said_at, data
 FROM outbox WHERE type = 'order.paid' ORDER BY seq LIMIT 1;
UPDATE relay_cursor SET seq = seq + 1;

-- notify: a dead letter that is not there
INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data, packed)
 VALUES ('01890a5d-ac96-774b-bcce-b302099a8058', 'orders.DLT', 'orders/0/0', 0, 0, 'dead_letter', 1, '', x'0001');
UPDATE relay_cursor SET seq = seq + 1;

-- payment: a dead letter on another partition
UPDATE outbox SET partition = 5 WHERE packed IS NOT NULL;
INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data, packed)
 SELECT '01890a5d-ac96-774b-bcce-b302099a8058', 'orders.DLT', 'orders/0/0', 5, 0, 'dead_letter', 1, '', x'0001'
 FROM meta WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE packed IS NOT NULL);
UPDATE relay_cursor SET seq = (SELECT max(seq) FROM outbox);
