-- payment: the file of another service
UPDATE meta SET service = 'order-svc';

-- notify: a set with fewer partitions
UPDATE meta SET partitions = 6;

-- notify: the file of another shard
UPDATE meta SET shard = 1, shards = 2;
