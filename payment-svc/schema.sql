-- The tables of payment-svc. Money is a whole number of the currency's minor unit; times are ms since 1970, UTC.

CREATE TABLE account (
    customer_id TEXT    NOT NULL PRIMARY KEY,
    currency    TEXT    NOT NULL,                    -- ISO 4217; an account has one
    balance     INTEGER NOT NULL CHECK (balance >= 0),   -- the sum of its ledger, always
    deposited   INTEGER NOT NULL CHECK (deposited <= 9007199254740991),   -- in total: no refund can pass it
    opened_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One for each order: what was decided about it.
CREATE TABLE payment (
    order_id    TEXT    NOT NULL PRIMARY KEY,
    customer_id TEXT,                                -- these three are NULL when the event could not be read
    currency    TEXT,
    amount      INTEGER,
    status      TEXT    NOT NULL CHECK (status = 'COMPLETED' OR status = 'DECLINED' OR status = 'VOIDED' OR status = 'REFUNDED'),
    reason      TEXT,                                -- why it was declined
    version     INTEGER NOT NULL,                    -- one more with each change of status
    decided_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every movement of money. Nothing here is ever changed.
CREATE TABLE ledger (
    entry_id    INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id TEXT    NOT NULL,
    order_id    TEXT,                                -- NULL for a deposit
    kind        TEXT    NOT NULL CHECK (kind = 'DEPOSIT' OR kind = 'CHARGE' OR kind = 'REFUND'),
    amount      INTEGER NOT NULL,                    -- what it adds to the balance: negative for a charge
    at          INTEGER NOT NULL,
    cause       TEXT    NOT NULL,                    -- id of the event or request
    CHECK ((kind = 'CHARGE') = (amount < 0)),
    CHECK ((kind = 'DEPOSIT') = (order_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX ledger_once ON ledger (order_id, kind) WHERE order_id IS NOT NULL;   -- charged once, refunded once
