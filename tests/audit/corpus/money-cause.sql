-- payment: a charge caused by an event that nobody said
UPDATE ledger SET cause = '01890a5d-ac96-774b-bcce-b302099a8058' WHERE kind = 'CHARGE';

-- payment: a refund that a request caused
UPDATE ledger SET cause = 'request:x' WHERE kind = 'REFUND';

-- payment: a deposit that a timer caused
UPDATE ledger SET cause = 'timer:x' WHERE kind = 'DEPOSIT';
