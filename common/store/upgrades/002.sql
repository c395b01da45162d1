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
