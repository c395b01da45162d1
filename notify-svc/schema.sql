-- The tables of notify-svc. Times are ms since 1970, UTC.

CREATE TABLE notification (
    order_id        TEXT    NOT NULL,
    kind            TEXT    NOT NULL CHECK (kind = 'paid' OR kind = 'rejected' OR kind = 'cancelled' OR kind = 'refunded'),
    notification_id TEXT    NOT NULL,                -- UUIDv7; the Idempotency-Key of an outside call
    customer_id     TEXT,                            -- NULL when the event could not be read
    channel         TEXT    NOT NULL CHECK (channel = 'console' OR channel = 'webhook'),
    status          TEXT    NOT NULL CHECK (status = 'PENDING' OR status = 'SENT' OR status = 'FAILED'),
    text            TEXT    NOT NULL,                -- what the customer reads
    tries           INTEGER NOT NULL,                -- of the outside call, that came back
    created_at      INTEGER NOT NULL,
    done_at         INTEGER,                         -- when it was SENT or FAILED
    next_try_at     INTEGER CHECK ((status = 'PENDING') = (next_try_at IS NOT NULL)),    -- not before then
    traceparent     TEXT,                            -- of the news
    PRIMARY KEY (order_id, kind)                     -- a customer is told once
) STRICT, WITHOUT ROWID;
CREATE INDEX notification_due ON notification (next_try_at) WHERE status = 'PENDING';    -- empty on the console
