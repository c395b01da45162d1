-- notify: a notification that is still under way
UPDATE notification SET status = 'PENDING', next_try_at = 1 WHERE kind = 'rejected';
