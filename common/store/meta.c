#include "meta.h"

#include "../base/error.h"
#include "../base/log.h"
#include "db.h"
#include "quick_check.h"

#include <string.h>

extern const char common_schema[];      /* common/store/schema.sql */

static int
create(struct db *db, const struct meta *meta, const char *schema, char **error)
{
    static const char sql[] =
        "INSERT INTO meta (schema_version, service, shard, shards, partitions, topic_prefix)"
        " VALUES (:schema_version, :service, :shard, :shards, :partitions, :topic_prefix)";
    bool begun = db_begin(db) == 0;

    if (begun && db_script(db, common_schema) == 0 && db_script(db, schema) == 0) {
        db_run(db, sql,
               FIELDS(INT("schema_version", SCHEMA_VERSION), TEXT("service", meta->service),
                      INT("shard", meta->shard), INT("shards", meta->shards), INT("partitions", meta->partitions),
                      TEXT("topic_prefix", meta->topic_prefix)));
        db_point(db, POINT_SCHEMA_WRITTEN);
        if (db_failure(db) == DB_FINE && db_commit(db) == 0)
            return 0;
    }
    error_set(error, "cannot create the tables: %s", db_failure_text(db));
    if (begun)
        db_rollback(db);
    return -1;
}

/* Whether the row is about another database than the one that is wanted. Its version is for the caller. */
static int
compare(struct rows *rows, const struct meta *meta, char **error)
{
    const char *service = rows_text(rows, 1), *prefix = rows_text(rows, 5);
    int64_t shard = rows_int(rows, 2), shards = rows_int(rows, 3), partitions = rows_int(rows, 4);

    if (strcmp(service, meta->service) != 0)
        return error_set(error, "the database belongs to %s, this is %s: give each service its own DATA_DIR", service,
                      meta->service);
    if (shard != meta->shard || shards != meta->shards)
        return error_set(error, "the database is shard %lld of %lld, this is shard %d of %d: give each shard its own "
                      "DATA_DIR", (long long)shard, (long long)shards, meta->shard, meta->shards);
    if (partitions != meta->partitions)
        return error_set(error, "the database was made for %lld partitions, PARTITIONS is %d: set it back; the number "
                      "cannot be changed later", (long long)partitions, meta->partitions);
    if (strcmp(prefix, meta->topic_prefix) != 0)
        return error_set(error, "the database was made for TOPIC_PREFIX=\"%s\", now it is \"%s\": set it back, or use "
                      "a new DATA_DIR", prefix, meta->topic_prefix);
    return 0;
}

/* Reads meta, which is there. -1 with *error unless the database is the one that is wanted, of a version that can be
 * brought up to date. */
static int
read_meta(struct db *db, const struct meta *meta, int64_t *version, char **error)
{
    static const char sql[] = "SELECT schema_version, service, shard, shards, partitions, topic_prefix FROM meta";
    struct rows *rows = db_select(db, sql, NULL);
    int result;

    if (!rows_next(rows) && db_failure(db) == DB_FINE) {
        result = error_set(error, "the database is damaged: its table meta is empty; restore a backup");
    } else if (db_failure(db) != DB_FINE) {
        result = quick_check_failed(db, error);
    } else {
        *version = rows_int(rows, 0);
        if (*version < 1 || *version > SCHEMA_VERSION)
            result = error_set(error, "the database has schema version %lld, this program knows %d: use the program "
                               "that wrote it, or a newer one", (long long)*version, SCHEMA_VERSION);
        else
            result = compare(rows, meta, error);
    }
    rows_end(rows);
    db_end_cause(db);
    return result;
}

/* ---- upgrades ---- */

static int
apply(struct db *db, int version, const char *script, char **error)
{
    static const char sql[] = "UPDATE meta SET schema_version = :schema_version";
    bool begun = db_begin(db) == 0;

    if (begun && db_script(db, script) == 0) {
        db_run(db, sql, FIELDS(INT("schema_version", version)));
        db_point(db, POINT_UPGRADE_WRITTEN);
        if (db_failure(db) == DB_FINE && db_commit(db) == 0) {
            db_point(db, POINT_UPGRADE_DONE);
            return 0;
        }
    }
    error_set(error, "cannot upgrade the database to schema version %d, it is as it was: %s", version,
              db_failure_text(db));
    if (begun)
        db_rollback(db);
    return -1;
}

static bool
has_meta(struct db *db)
{
    static const char sql[] = "SELECT count(*) FROM sqlite_schema WHERE name = 'meta'";

    return db_number(db, sql, NULL, 1) != 0;
}

int
meta_upgrade(struct db *db, const struct meta *meta, const char *const *upgrades, const struct log *log, char **error)
{
    int64_t version = 0;

    if (!has_meta(db))
        return 0;
    if (read_meta(db, meta, &version, error) != 0)
        return -1;
    for (; version < SCHEMA_VERSION; version++) {
        if (apply(db, (int)version + 1, upgrades[version - 1], error) != 0)
            return -1;
        log_info(log, "the database was upgraded", INT("from_schema", version), INT("to_schema", version + 1));
    }
    return 0;
}

/* ---- opening ---- */

int
meta_open(struct db *db, const struct meta *meta, const char *schema, char **error)
{
    static const char any[] = "SELECT count(*) FROM sqlite_schema";
    int64_t version = 0;

    if (!has_meta(db)) {
        if (db_number(db, any, NULL, 1) > 0)
            return error_set(error, "the file is a database, but not one of ours: use another DATA_DIR");
        return create(db, meta, schema, error);
    }
    if (read_meta(db, meta, &version, error) != 0)
        return -1;
    if (version < SCHEMA_VERSION)
        return error_set(error, "the database has schema version %lld and was not upgraded to %d", (long long)version,
                         SCHEMA_VERSION);
    return 0;
}

/* ---- what changes in it ---- */

bool
meta_is_in_use(struct db *db)
{
    static const char sql[] = "SELECT in_use FROM meta";

    return db_number(db, sql, NULL, 1) != 0;
}

void
meta_set_in_use(struct db *db, bool in_use)
{
    static const char sql[] = "UPDATE meta SET in_use = :in_use";

    db_run(db, sql, FIELDS(INT("in_use", in_use)));
}

const char *
meta_cluster(struct db *db)
{
    static const char sql[] = "SELECT cluster_id FROM meta";

    return db_text(db, sql, NULL);
}

void
meta_set_cluster(struct db *db, const char *cluster)
{
    static const char sql[] = "UPDATE meta SET cluster_id = :cluster_id";

    db_run(db, sql, FIELDS(TEXT("cluster_id", cluster)));
}
