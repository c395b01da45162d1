-- order: read further than the log goes
INSERT OR REPLACE INTO position VALUES ('payments', 0, 1000000, NULL);
