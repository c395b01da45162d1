-- order: paid, said twice
INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data)
 SELECT '01890a5d-ac96-774b-bcce-b302099a8058', 'order.paid', subject, partition, sequence, causation, said_at, data
  FROM outbox WHERE type = 'order.paid' ORDER BY seq LIMIT 1;

-- notify: told, said twice
INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data)
 SELECT '01890a5d-ac96-774b-bcce-b302099a8058', 'notification.sent', subject, partition, sequence, causation, said_at,
  data FROM outbox WHERE type = 'notification.sent' ORDER BY seq LIMIT 1;
