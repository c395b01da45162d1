-- The tables that every service has. Times are milliseconds since 1970, UTC; ids are UUIDs in lower case.
-- Lists of allowed values are written with OR: for an IN of more than two, SQLite builds a table at every insert.

-- What this file is. One row. A start with other values is refused.
CREATE TABLE meta (
    only           INTEGER NOT NULL DEFAULT 1 PRIMARY KEY CHECK (only = 1),
    schema_version INTEGER NOT NULL,
    service        TEXT    NOT NULL,                 -- 'order-svc'
    shard          INTEGER NOT NULL,                 -- this is shard i …
    shards         INTEGER NOT NULL,                 -- … of n
    partitions     INTEGER NOT NULL,                 -- of every topic
    topic_prefix   TEXT    NOT NULL,
    cluster_id     TEXT,                             -- the broker that positions and cursor belong to
    in_use         INTEGER NOT NULL DEFAULT 0        -- 1 from a start to its clean stop
) STRICT;

-- What is to be said. One writer means that row order is commit order; AUTOINCREMENT, so that no seq is used twice.
CREATE TABLE outbox (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id    TEXT    NOT NULL,                    -- becomes ce_id
    type        TEXT    NOT NULL,                    -- becomes ce_type and decides the topic; of a dead letter its topic
    subject     TEXT    NOT NULL,                    -- the order's id: the record's key, ce_subject, ce_correlationid
    partition   INTEGER NOT NULL,                    -- murmur2 of the subject, computed when the row was written
    sequence    INTEGER NOT NULL,                    -- version of the aggregate: ce_sequence
    causation   TEXT    NOT NULL,                    -- the event, request or timer that caused it: ce_causationid
    traceparent TEXT,                                -- handed on from the cause
    said_at     INTEGER NOT NULL,                    -- ce_time
    data        TEXT    NOT NULL,                    -- the record's value, JSON
    packed      BLOB                                 -- of a dead letter: key, value and headers as they go out; else NULL
) STRICT;

-- Rows that the broker would not take, moved here from outbox so that its cursor goes on; and later rows of their key,
-- which may not overtake them.
CREATE TABLE outbox_parked (
    seq         INTEGER PRIMARY KEY,                 -- as it was in outbox; so are the columns up to packed
    event_id    TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    partition   INTEGER NOT NULL,
    sequence    INTEGER NOT NULL,
    causation   TEXT    NOT NULL,
    traceparent TEXT,
    said_at     INTEGER NOT NULL,
    data        TEXT    NOT NULL,
    packed      BLOB,
    state       TEXT    NOT NULL CHECK (state = 'PARKED'            -- refused for good: an operator decides
                                        OR state = 'WAITING'        -- behind a PARKED row of its key
                                        OR state = 'WAITING_TOPIC'  -- its topic takes nothing now: goes by itself later
                                        OR state = 'ABANDONED'      -- refused, and what it told of was compensated
                                        OR state = 'SKIPPED'),      -- an operator gave it up
    reason      TEXT    NOT NULL,                    -- the broker's error, 'MSG_SIZE_TOO_LARGE'
    parked_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_parked_key ON outbox_parked (subject) WHERE state = 'PARKED' OR state = 'WAITING';
CREATE INDEX outbox_parked_topic ON outbox_parked (type, seq) WHERE state = 'WAITING_TOPIC';

-- Every row of outbox up to this seq has been acknowledged by the broker. One row.
CREATE TABLE relay_cursor (
    only INTEGER NOT NULL DEFAULT 1 PRIMARY KEY CHECK (only = 1),
    seq  INTEGER NOT NULL
) STRICT;
INSERT INTO relay_cursor (seq) VALUES (0);

-- How far each partition has been read, written in the transaction of the effects.
CREATE TABLE position (
    topic         TEXT    NOT NULL,                  -- 'payments', without the prefix
    partition     INTEGER NOT NULL,
    next_offset   INTEGER NOT NULL,                  -- of the next record to handle
    last_event_id TEXT,                              -- ce_id of the record before it; NULL if it had none
    PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;

-- Events whose handling has failed so far. The row goes when the event is handled or set aside.
CREATE TABLE attempt (
    event_id      TEXT    NOT NULL PRIMARY KEY,
    topic         TEXT    NOT NULL,
    partition     INTEGER NOT NULL,
    record_offset INTEGER NOT NULL,
    tries         INTEGER NOT NULL,                  -- how often the handler answered RETRY
    give_ups      INTEGER NOT NULL,                  -- how often giving it up failed
    crashes       INTEGER NOT NULL,                  -- how often the process died in its handler
    reason        TEXT    NOT NULL,                  -- of the last failure, snake_case
    first_at      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Records that could not be handled, as they came; read back from the dead-letter topics.
CREATE TABLE dead_letter (
    dead_letter_id INTEGER PRIMARY KEY,
    state          TEXT    NOT NULL DEFAULT 'OPEN' CHECK (state = 'OPEN' OR state = 'DONE' OR state = 'DISCARDED'),
    reason         TEXT    NOT NULL,                 -- why, snake_case
    message        TEXT    NOT NULL,                 -- the same for people
    cluster        TEXT    NOT NULL,                 -- the broker that topic, partition and offset belong to
    topic          TEXT    NOT NULL,
    partition      INTEGER NOT NULL,
    record_offset  INTEGER NOT NULL,
    record_time    INTEGER NOT NULL,                 -- the record's timestamp
    event_id       TEXT,                             -- ce_id; NULL if the record has none
    type           TEXT,                             -- ce_type; NULL if the record has none
    subject        TEXT,                             -- ce_subject; NULL if the record has none
    key            BLOB,
    value          BLOB,
    headers        BLOB,                             -- packed; NULL: kept by a version that did not keep them whole
    received_at    INTEGER NOT NULL,                 -- when it was set aside
    tries          INTEGER NOT NULL DEFAULT 0        -- redrives that failed
) STRICT;
CREATE UNIQUE INDEX dead_letter_event ON dead_letter (event_id) WHERE event_id IS NOT NULL;
CREATE UNIQUE INDEX dead_letter_place ON dead_letter (cluster, topic, partition, record_offset) WHERE event_id IS NULL;
CREATE INDEX dead_letter_open ON dead_letter (reason, dead_letter_id) WHERE state = 'OPEN';

-- What operators decided.
CREATE TABLE operation (
    operation_id INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    who          TEXT    NOT NULL,
    what         TEXT    NOT NULL,                   -- 'dead-letters redrive 7'
    why          TEXT    NOT NULL,
    outcome      TEXT    NOT NULL                    -- 'done', or why it was not
) STRICT;

-- Answers to requests that carried an Idempotency-Key; only successes are kept. In the order of time, since keys are
-- random: the answers stand side by side where they are added and forgotten, only the small index is written all over.
CREATE TABLE idempotency_key (
    seq        INTEGER PRIMARY KEY,
    key        TEXT    NOT NULL,
    scope      TEXT    NOT NULL,                     -- method, path and whose key it is
    request    TEXT    NOT NULL,                     -- the body as minimal JSON
    status     INTEGER NOT NULL,
    location   TEXT,
    body       TEXT    NOT NULL,
    stored_at  INTEGER NOT NULL,
    UNIQUE (key, scope)
) STRICT;

-- What retention has deleted: rows of this table from before this time may be gone. A row once one is.
CREATE TABLE forgotten (
    name  TEXT    NOT NULL PRIMARY KEY,              -- 'processed_event'
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For people with a sqlite3 shell (sqlite3 -readonly FILE).
CREATE VIEW v_outbox AS
    SELECT seq, CASE WHEN seq <= (SELECT seq FROM relay_cursor) THEN 'SENT' ELSE 'PENDING' END AS state,
           type, subject, partition, sequence, event_id, causation,
           strftime('%Y-%m-%d %H:%M:%f', said_at / 1000.0, 'unixepoch') AS said_at, data
      FROM outbox
     UNION ALL
    SELECT seq, state, type, subject, partition, sequence, event_id, causation,
           strftime('%Y-%m-%d %H:%M:%f', said_at / 1000.0, 'unixepoch'), data
      FROM outbox_parked;

CREATE VIEW v_dead_letter AS
    SELECT dead_letter_id, state, reason, message, topic, partition, record_offset, type, subject, event_id, tries,
           strftime('%Y-%m-%d %H:%M:%f', received_at / 1000.0, 'unixepoch') AS received_at,
           CAST(key AS TEXT) AS key, CAST(value AS TEXT) AS value
      FROM dead_letter;

CREATE VIEW v_position AS
    SELECT topic, partition, next_offset, last_event_id FROM position;
