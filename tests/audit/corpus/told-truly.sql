-- notify: told of a refund that never was
UPDATE notification SET kind = 'refunded' WHERE kind = 'rejected';

-- notify: told of an order that never was
INSERT INTO notification
 SELECT '01890a5d-ac96-774b-bcce-b302099a8057', kind, notification_id, customer_id, channel, status, text, tries,
  created_at, done_at, NULL, NULL FROM notification WHERE kind = 'rejected';
