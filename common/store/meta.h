/* What a database file is: whose, of which version, for which partitions. A file of another kind is refused. */
#ifndef META_H
#define META_H

#include <stdbool.h>

struct db;
struct log;

struct meta {
    const char *service;        /* "order-svc" */
    int shard, shards;          /* this database is shard i of n */
    int partitions;             /* of every topic; ids are minted and stored for this number */
    const char *topic_prefix;
};

enum { SCHEMA_VERSION = 2 };

/* Brings an older database of ours up to date, before meta_open: upgrades[0] is the SQL that leads from version 1 to 2, and
 * so on; each is done in a transaction of its own, and logged. Leaves an empty database as it is. -1 with *error (the
 * caller frees it); the database then has the last version that was reached. */
int meta_upgrade(struct db *db, const struct meta *meta, const char *const *upgrades, const struct log *log,
                 char **error);
/* Creates the tables in an empty database, or checks that an existing one fits. schema is the service's own SQL.
 * -1 with *error saying what differs and what to do (the caller frees it). */
int meta_open(struct db *db, const struct meta *meta, const char *schema, char **error);

/* Set from a start to its clean stop. Found set at a start: the last end was not clean. */
bool meta_is_in_use(struct db *db);
void meta_set_in_use(struct db *db, bool in_use);

/* The broker's identity that positions and cursor belong to; NULL before the first contact. In db_scratch. */
const char *meta_cluster(struct db *db);
void meta_set_cluster(struct db *db, const char *cluster);

#endif
