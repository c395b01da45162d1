-- payment: money out of nothing
UPDATE account SET balance = balance + 1 WHERE customer_id = 'alice';

-- payment: a ledger without an account
DELETE FROM account WHERE customer_id = 'bob';

-- payment: a deposit that was lost
DELETE FROM ledger WHERE kind = 'DEPOSIT' AND customer_id = 'bob';
