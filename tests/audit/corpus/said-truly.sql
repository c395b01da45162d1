-- order: said of an order that never was
INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data)
 SELECT '01890a5d-ac96-774b-bcce-b302099a8058', 'order.created', '01890a5d-ac96-774b-bcce-b302099a8057', partition,
  sequence, causation, said_at, data FROM outbox WHERE type = 'order.created' ORDER BY seq LIMIT 1;

-- order: said to be paid, and it was rejected
INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data)
 SELECT '01890a5d-ac96-774b-bcce-b302099a8058', 'order.paid', subject, partition, sequence, causation, said_at, data
  FROM outbox WHERE type = 'order.rejected' ORDER BY seq LIMIT 1;

-- payment: said to be given back, and it was declined
INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data)
 SELECT '01890a5d-ac96-774b-bcce-b302099a8058', 'payment.refunded', subject, partition, sequence, causation, said_at,
  data FROM outbox WHERE type = 'payment.declined' ORDER BY seq LIMIT 1;

-- notify: said to have failed, and it was delivered
INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data)
 SELECT '01890a5d-ac96-774b-bcce-b302099a8058', 'notification.failed', subject, partition, sequence, causation,
  said_at, data FROM outbox WHERE type = 'notification.sent' ORDER BY seq LIMIT 1;

-- payment: payment-svc says what is order-svc's to say
INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data)
 SELECT '01890a5d-ac96-774b-bcce-b302099a8058', 'order.paid', subject, partition, sequence, causation, said_at, data
  FROM outbox WHERE type = 'payment.completed' ORDER BY seq LIMIT 1;
