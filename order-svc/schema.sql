-- The tables of order-svc. Money is a whole number of the currency's minor unit; times are ms since 1970, UTC.

CREATE TABLE orders (
    order_id    TEXT    NOT NULL PRIMARY KEY,        -- UUIDv7, minted here; the key of everything said about it
    customer_id TEXT    NOT NULL,
    currency    TEXT    NOT NULL,                    -- ISO 4217
    amount      INTEGER NOT NULL CHECK (amount > 0), -- sum over the items
    status      TEXT    NOT NULL CHECK (status = 'CREATED' OR status = 'PAID' OR status = 'REJECTED'
                                        OR status = 'CANCELLED' OR status = 'REFUNDED'),
    reason      TEXT,                                -- of REJECTED and CANCELLED
    version     INTEGER NOT NULL,                    -- one more with each change of status
    partition   INTEGER NOT NULL,                    -- of every topic, for everything about this order
    created_seq INTEGER NOT NULL,                    -- outbox.seq of its order.created
    created_at  INTEGER NOT NULL,
    pay_by      INTEGER NOT NULL,                    -- business deadline: unpaid after it, the order expires
    closed_at   INTEGER                              -- nothing more will happen
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_unpaid ON orders (partition, pay_by) WHERE status = 'CREATED';

CREATE TABLE order_item (
    order_id   TEXT    NOT NULL,
    line       INTEGER NOT NULL,                     -- 1, 2, 3 …
    sku        TEXT    NOT NULL,
    quantity   INTEGER NOT NULL CHECK (quantity > 0),
    unit_price INTEGER NOT NULL CHECK (unit_price > 0),
    PRIMARY KEY (order_id, line)
) STRICT, WITHOUT ROWID;

-- A row for each thing that changed an order: its timeline.
CREATE TABLE order_history (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    what     TEXT    NOT NULL,                       -- the event that moved it, or 'request', 'timer'
    status   TEXT    NOT NULL,                       -- of the order after it
    detail   TEXT,                                   -- the reason, the kind of notification, or 'closed'
    cause    TEXT    NOT NULL                        -- id of the event, request or timer
) STRICT;
CREATE INDEX order_history_of ON order_history (order_id);

-- The customer has been told, or cannot be.
CREATE TABLE order_notice (
    order_id TEXT    NOT NULL,
    kind     TEXT    NOT NULL CHECK (kind = 'paid' OR kind = 'rejected' OR kind = 'cancelled' OR kind = 'refunded'),
    outcome  TEXT    NOT NULL CHECK (outcome = 'SENT' OR outcome = 'FAILED'),
    at       INTEGER NOT NULL,
    PRIMARY KEY (order_id, kind)
) STRICT, WITHOUT ROWID;

-- For people: sqlite3 -readonly order-svc.db "SELECT * FROM v_order_timeline WHERE order_id = '…'"
CREATE VIEW v_order_timeline AS
    SELECT order_id, strftime('%Y-%m-%d %H:%M:%f', at / 1000.0, 'unixepoch') AS at, what, status, detail, cause
      FROM order_history ORDER BY seq;
