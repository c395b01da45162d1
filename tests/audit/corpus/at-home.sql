-- order: customers of the other shard (alice)
UPDATE meta SET shard = 0, shards = 2;

-- order: customers of the other shard (bob)
UPDATE meta SET shard = 1, shards = 2;
