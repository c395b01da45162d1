/* What a database file is: whose, of which version, for which partitions. A file of another kind is refused. */
#ifndef META_H
#define META_H

struct db;

struct meta {
    const char *service;        /* "order-svc" */
    int shard, shards;          /* this database is shard i of n */
    int partitions;             /* of every topic; ids are minted and stored for this number */
    const char *topic_prefix;
};

enum { SCHEMA_VERSION = 1 };

/* Creates the tables in an empty database, or checks that an existing one fits. schema is the service's own SQL.
 * -1 with *error saying what differs and what to do (the caller frees it). */
int meta_open(struct db *db, const struct meta *meta, const char *schema, char **error);

/* The broker's identity that positions and cursor belong to; NULL before the first contact. In db_scratch. */
const char *meta_cluster(struct db *db);
void meta_set_cluster(struct db *db, const char *cluster);

#endif
