-- order: an answer that names an order that is not there
UPDATE idempotency_key SET location = '/orders/' || '01890a5d-ac96-774b-bcce-b302099a8057';

-- order: two keys for one order
INSERT INTO idempotency_key (key, scope, request, status, location, body, stored_at)
 SELECT 'key-9', scope, request, status, location, body, stored_at FROM idempotency_key WHERE key = 'key-1';
