-- payment: caused by an event that nobody said
UPDATE outbox SET causation = '01890a5d-ac96-774b-bcce-b302099a8058' WHERE type = 'payment.completed';

-- payment: a charge that a request caused
UPDATE outbox SET causation = 'request:x' WHERE type = 'payment.completed';

-- payment: caused by an event of another order
UPDATE outbox SET causation = (SELECT max(causation) FROM outbox) WHERE type = 'payment.completed';

-- payment: said of another order than its cause
UPDATE outbox SET subject = '01890a5d-ac96-774b-bcce-b302099a8057' WHERE type = 'payment.completed';

-- notify: caused by itself
UPDATE outbox SET causation = event_id;

-- notify: failed because it was delivered
UPDATE outbox SET type = 'notification.failed' WHERE causation GLOB '*:delivered:*';

-- payment: a charge because of a post
UPDATE outbox SET causation = 'completion:delivered:' || '01890a5d-ac96-774b-bcce-b302099a8058'
 WHERE type = 'payment.completed';
