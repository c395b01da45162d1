#include "own_database.h"

#include "base/error.h"
#include "base/log.h"
#include "base/settings.h"
#include "service.h"
#include "store/db.h"
#include "store/meta.h"
#include "store/quick_check.h"

#include <limits.h>
#include <stdio.h>

/* Checks it if its last end was not clean, and marks it as in use until the next clean one.
 *
 * The last end may have been a sync that failed: then the kernel still shows what was written, counts it as clean, and never
 * writes it to the disk. What is read here is built upon, so it is copied and synced anew, and the log begun again. */
static int
take_into_use(struct db *db, const struct log *log, char **error)
{
    if (meta_is_in_use(db) && quick_check(db, log->clock, error) != 0)
        return -1;
    db_empty_log(db);
    meta_set_in_use(db, true);
    db_point(db, POINT_IN_USE_MARKED);
    if (db_failure(db) == DB_FINE)
        return 0;
    return error_set(error, "cannot write to the database: %s", db_failure_text(db));
}

struct db *
own_database_open(const struct service *service, const struct settings *settings, struct faults *faults,
                  const struct log *log, char **error)
{
    struct meta meta = {
        .service = service->name,
        .shard = (int)settings->shard,
        .shards = (int)settings->shards,
        .partitions = (int)settings->partitions,
        .topic_prefix = settings->topic_prefix,
    };
    char path[PATH_MAX];
    struct db *db;

    snprintf(path, sizeof(path), "%.3900s/%s.db", settings->data_dir, service->name);
    db = db_open(path, log, error);
    if (db == NULL)
        return NULL;
    db_context(db)->faults = faults;
    if (meta_upgrade(db, &meta, service->upgrades, log, error) == 0
        && meta_open(db, &meta, service->schema, error) == 0 && take_into_use(db, log, error) == 0)
        return db;
    db_close(db);
    return NULL;
}

int
own_database_close(struct db *db)
{
    db_point(db, POINT_STOP_STORED);
    meta_set_in_use(db, false);
    if (db_failure(db) != DB_FINE)
        return -1;
    db_point(db, POINT_STOP_UNMARKED);
    db_close(db);
    return 0;
}
