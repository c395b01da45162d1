-- Which events have had their effect, written in the transaction of the effect: delivered twice, done once.
CREATE TABLE processed_event (
    event_id     TEXT    NOT NULL PRIMARY KEY,       -- ce_id
    outcome      TEXT    NOT NULL CHECK (outcome = 'DONE' OR outcome = 'DEAD'),
    processed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- For retention, which deletes the oldest. A DEAD row stays as long as its dead letter.
CREATE INDEX processed_event_age ON processed_event (processed_at) WHERE outcome = 'DONE';
