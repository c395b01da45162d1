-- From schema version 1 to 2: the tables that every service has. Ends as schema.sql says.

ALTER TABLE meta ADD COLUMN in_use INTEGER NOT NULL DEFAULT 0;

-- It was WITHOUT ROWID, which cannot be altered. The old rows come in the order of their keys: sorting many of them could
-- need more room than there is, and retention only waits for the youngest of them.
ALTER TABLE idempotency_key RENAME TO idempotency_key_1;
CREATE TABLE idempotency_key (
    seq        INTEGER PRIMARY KEY,
    key        TEXT    NOT NULL,
    scope      TEXT    NOT NULL,
    request    TEXT    NOT NULL,
    status     INTEGER NOT NULL,
    location   TEXT,
    body       TEXT    NOT NULL,
    stored_at  INTEGER NOT NULL,
    UNIQUE (key, scope)
) STRICT;
INSERT INTO idempotency_key (key, scope, request, status, location, body, stored_at)
    SELECT key, scope, request, status, location, body, stored_at FROM idempotency_key_1;
DROP TABLE idempotency_key_1;

CREATE TABLE forgotten (
    name  TEXT    NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE outbox ADD COLUMN packed BLOB;

CREATE TABLE outbox_parked (
    seq         INTEGER PRIMARY KEY,
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
    state       TEXT    NOT NULL CHECK (state = 'PARKED'
                                        OR state = 'WAITING'
                                        OR state = 'WAITING_TOPIC'
                                        OR state = 'ABANDONED'
                                        OR state = 'SKIPPED'),
    reason      TEXT    NOT NULL,
    parked_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX outbox_parked_key ON outbox_parked (subject) WHERE state = 'PARKED' OR state = 'WAITING';
CREATE INDEX outbox_parked_topic ON outbox_parked (type, seq) WHERE state = 'WAITING_TOPIC';

CREATE TABLE attempt (
    event_id      TEXT    NOT NULL PRIMARY KEY,
    topic         TEXT    NOT NULL,
    partition     INTEGER NOT NULL,
    record_offset INTEGER NOT NULL,
    tries         INTEGER NOT NULL,
    give_ups      INTEGER NOT NULL,
    crashes       INTEGER NOT NULL,
    reason        TEXT    NOT NULL,
    first_at      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE operation (
    operation_id INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    who          TEXT    NOT NULL,
    what         TEXT    NOT NULL,
    why          TEXT    NOT NULL,
    outcome      TEXT    NOT NULL
) STRICT;

-- Their headers were kept for reading only: they go into the message, and the letter cannot be redriven.
DROP INDEX dead_letter_event;
DROP INDEX dead_letter_place;
DROP VIEW v_dead_letter;
ALTER TABLE dead_letter RENAME TO dead_letter_1;
CREATE TABLE dead_letter (
    dead_letter_id INTEGER PRIMARY KEY,
    state          TEXT    NOT NULL DEFAULT 'OPEN' CHECK (state = 'OPEN' OR state = 'DONE' OR state = 'DISCARDED'),
    reason         TEXT    NOT NULL,
    message        TEXT    NOT NULL,
    cluster        TEXT    NOT NULL,
    topic          TEXT    NOT NULL,
    partition      INTEGER NOT NULL,
    record_offset  INTEGER NOT NULL,
    record_time    INTEGER NOT NULL,
    event_id       TEXT,
    type           TEXT,
    subject        TEXT,
    key            BLOB,
    value          BLOB,
    headers        BLOB,
    received_at    INTEGER NOT NULL,
    tries          INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX dead_letter_event ON dead_letter (event_id) WHERE event_id IS NOT NULL;
CREATE UNIQUE INDEX dead_letter_place ON dead_letter (cluster, topic, partition, record_offset) WHERE event_id IS NULL;
CREATE INDEX dead_letter_open ON dead_letter (reason, dead_letter_id) WHERE state = 'OPEN';
INSERT INTO dead_letter (dead_letter_id, state, reason, message, cluster, topic, partition, record_offset, record_time,
                         event_id, type, key, value, received_at)
    SELECT dead_letter_id, state, reason, ifnull(headers, ''), ifnull((SELECT cluster_id FROM meta), ''), topic, partition,
           record_offset, received_at, event_id, type, key, value, received_at FROM dead_letter_1;
DROP TABLE dead_letter_1;

DROP VIEW v_outbox;
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
