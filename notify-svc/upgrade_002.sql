-- From schema version 1 to 2: notifications of a webhook have a time of their next try.
ALTER TABLE notification RENAME TO notification_1;
CREATE TABLE notification (
    order_id        TEXT    NOT NULL,
    kind            TEXT    NOT NULL CHECK (kind = 'paid' OR kind = 'rejected' OR kind = 'cancelled' OR kind = 'refunded'),
    notification_id TEXT    NOT NULL,
    customer_id     TEXT,
    channel         TEXT    NOT NULL CHECK (channel = 'console' OR channel = 'webhook'),
    status          TEXT    NOT NULL CHECK (status = 'PENDING' OR status = 'SENT' OR status = 'FAILED'),
    text            TEXT    NOT NULL,
    tries           INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    done_at         INTEGER,
    next_try_at     INTEGER CHECK ((status = 'PENDING') = (next_try_at IS NOT NULL)),
    traceparent     TEXT,
    PRIMARY KEY (order_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX notification_due ON notification (next_try_at) WHERE status = 'PENDING';
INSERT INTO notification (order_id, kind, notification_id, customer_id, channel, status, text, tries, next_try_at,
                          created_at, done_at)
    SELECT order_id, kind, notification_id, customer_id, channel, status, text, tries,
           iif(status = 'PENDING', created_at, NULL), created_at, done_at FROM notification_1;
DROP TABLE notification_1;
