-- order: an index does not say what its table says
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = 'CREATE INDEX order_history_of ON order_history (what)' WHERE name = 'order_history_of';
