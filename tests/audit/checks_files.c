/* The files, and which shard they are: of one set with one shard, everything is here. */
#include "checks_private.h"

#include <stddef.h>

const struct check checks_of_files[] = {

    /* ---- the files; the argument is NULL since SQLite 3.46 takes a number there for the name of a table ---- */

    { "integrity", 0, &examined_files, "are whole",
      "SELECT NULL, 'order-svc: ' || integrity_check FROM pragma_integrity_check(NULL, 'order_svc')"
      " WHERE integrity_check <> 'ok' UNION ALL "
      "SELECT NULL, 'payment-svc: ' || integrity_check FROM pragma_integrity_check(NULL, 'payment_svc')"
      " WHERE integrity_check <> 'ok' UNION ALL "
      "SELECT NULL, 'notify-svc: ' || integrity_check FROM pragma_integrity_check(NULL, 'notify_svc')"
      " WHERE integrity_check <> 'ok'" },

    { "identity", 0, &examined_files, "belong to the services they are taken for, and to one set",
      "WITH meta (expected, service, version, shard, shards, partitions, prefix) AS ("
      "  SELECT 'order-svc', service, schema_version, shard, shards, partitions, topic_prefix FROM order_svc.meta"
      "   UNION ALL"
      "  SELECT 'payment-svc', service, schema_version, shard, shards, partitions, topic_prefix FROM payment_svc.meta"
      "   UNION ALL"
      "  SELECT 'notify-svc', service, schema_version, shard, shards, partitions, topic_prefix FROM notify_svc.meta)"
      "SELECT NULL, format('%s: the database belongs to %s', expected, service) FROM meta WHERE service <> expected"
      " UNION ALL "
      "SELECT NULL, 'the three differ in schema version, shard, partitions or topic prefix'"
      " WHERE (SELECT count(*) FROM (SELECT DISTINCT version, shard, shards, partitions, prefix FROM meta)) > 1" },

    /* ---- the shard: of one set with one shard, everything is here ---- */

    { "placed", 0, &examined_orders, "are on the partition of their id, and it is their shard's",
      "SELECT order_id, format('its id is of partition %d, it is on %d, in shard %d of %d',"
      "                        partition_of(order_id, partitions), partition, shard, shards)"
      "  FROM orders, here WHERE partition <> partition_of(order_id, partitions) OR partition % shards <> shard" },

    { "at-home", 0, &examined_accounts, "are of customers of this shard, and so are the orders",
      "SELECT order_id, format('customer %s belongs to shard %d of %d, this is shard %d', customer_id,"
      "                        partition_of(customer_id, shards), shards, shard)"
      "  FROM (SELECT order_id, customer_id FROM orders UNION ALL SELECT NULL, customer_id FROM account), here"
      " WHERE shards > 1 AND partition_of(customer_id, shards) <> shard" },

    { .name = NULL },
};
