-- Which events have had their effect, written in the transaction of the effect: delivered twice, done once.
CREATE TABLE processed_event (
    event_id     TEXT    NOT NULL PRIMARY KEY,       -- ce_id
    outcome      TEXT    NOT NULL CHECK (outcome = 'DONE' OR outcome = 'DEAD'),
    processed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
