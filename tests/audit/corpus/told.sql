-- notify: never told of the rejection
DELETE FROM notification WHERE kind = 'rejected';

-- notify: never told of the refund
DELETE FROM notification WHERE kind = 'refunded';
