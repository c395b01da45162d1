-- payment: processed, and nobody said it
INSERT INTO processed_event
 VALUES ('01890a5d-ac96-774b-bcce-b302099a8058', 'DONE', 1);

-- notify: notify-svc processed what nobody said
UPDATE processed_event SET event_id = '01890a5d-ac96-774b-bcce-b302099a8058'
 WHERE event_id = (SELECT max(event_id) FROM processed_event);

-- order: notify-svc processed what is not its business
UPDATE outbox SET type = 'order.created' WHERE type = 'order.rejected';
