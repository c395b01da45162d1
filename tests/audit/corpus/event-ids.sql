-- payment: two events with one id
UPDATE outbox SET event_id = (SELECT min(event_id) FROM outbox) WHERE seq = (SELECT max(seq) FROM outbox WHERE packed IS NULL);
