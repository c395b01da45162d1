-- notify: told twice
CREATE TABLE other AS SELECT * FROM notification;
DROP TABLE notification;
ALTER TABLE other RENAME TO notification;
INSERT INTO notification
 SELECT * FROM notification LIMIT 1;
