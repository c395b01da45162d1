-- order: noticed as failed, and it was delivered
UPDATE order_notice SET outcome = 'FAILED';

-- notify: noticed, and nobody was told
DELETE FROM notification WHERE kind = 'paid';
