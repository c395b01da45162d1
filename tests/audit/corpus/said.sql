-- order: paid, and not said
DELETE FROM outbox WHERE type = 'order.paid';

-- payment: given back, and not said
DELETE FROM outbox WHERE type = 'payment.refunded';

-- payment: declined, and not said
DELETE FROM outbox WHERE seq = (SELECT seq FROM outbox WHERE type = 'payment.declined' ORDER BY seq DESC LIMIT 1);

-- notify: told, and not said
DELETE FROM outbox WHERE seq = (SELECT max(seq) FROM outbox WHERE packed IS NULL);
