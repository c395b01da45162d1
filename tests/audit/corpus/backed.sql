-- payment: a record without a row
DELETE FROM outbox WHERE type = 'payment.completed' AND seq = (SELECT max(seq) FROM outbox WHERE type = 'payment.completed');

-- notify: a record whose row has another id
UPDATE outbox SET event_id = '01890a5d-ac96-774b-bcce-b302099a8058' WHERE seq = (SELECT max(seq) FROM outbox WHERE packed IS NULL);
