-- notify: posted for a notification that is not there
UPDATE outbox SET causation = 'completion:delivered:' || '01890a5d-ac96-774b-bcce-b302099a8058'
 WHERE causation GLOB '*:delivered:*';

-- notify: posted for another order
UPDATE outbox SET causation = (SELECT max(causation) FROM outbox WHERE causation GLOB 'completion:*')
 WHERE causation GLOB '*:delivered:*';

-- notify: told by console, because of a post
UPDATE notification SET channel = 'console';

-- notify: never posted
UPDATE notification SET tries = 0;
