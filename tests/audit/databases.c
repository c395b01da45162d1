#include "databases.h"

#include "../../common/base/error.h"
#include "../../common/base/memory.h"
#include "../../common/base/murmur2.h"
#include "records.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which the queries find a table that they name without its schema. */
static const char *const schemas[AUDITED][2] = {
    { "order_svc", "order_later" },
    { "payment_svc", "payment_later" },
    { "notify_svc", "notify_later" },
};

/* partition_of(KEY, PARTITIONS), as the services compute it; NULL for a key that is NULL. */
static void
partition_of(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    const unsigned char *key = sqlite3_value_text(arguments[0]);
    int partitions = sqlite3_value_int(arguments[1]);

    (void)count;
    if (key != NULL && partitions > 0)
        sqlite3_result_int(context, murmur2_partition(key, (size_t)sqlite3_value_bytes(arguments[0]), partitions));
}

void
databases_init(struct databases *databases)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;

    memset(databases, 0, sizeof(*databases));
    if (sqlite3_open_v2(":memory:", &databases->sqlite, flags, NULL) != SQLITE_OK)
        abort();            /* there is no memory */
    sqlite3_busy_timeout(databases->sqlite, 5000);
    sqlite3_create_function(databases->sqlite, "partition_of", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
                            partition_of, NULL, NULL);
    records_functions(databases->sqlite);
    /* Temporary tables as large as the outboxes: a file that has no name holds what the cache does not. Sorting takes as
     * much memory as the cache of main, which is empty. */
    sqlite3_exec(databases->sqlite, "PRAGMA temp.cache_size = -262144; PRAGMA main.cache_size = -131072;"
                 "PRAGMA temp.journal_mode = OFF; PRAGMA trusted_schema = OFF", NULL, NULL, NULL);
}

void
databases_release(struct databases *databases)
{
    sqlite3_close(databases->sqlite);
    for (int i = 0; i < AUDITED; i++)
        free(databases->sources[i].path);
}

static int
attach(struct databases *databases, const char *what, const char *schema, char **error)
{
    char *sql = sqlite3_mprintf("ATTACH %Q AS %s; PRAGMA %s.cache_size = -32768", what, schema, schema);
    int code = sqlite3_exec(databases->sqlite, sql, NULL, NULL, NULL);

    sqlite3_free(sql);
    return code == SQLITE_OK ? 0 : error_set(error, "%s", sqlite3_errmsg(databases->sqlite));
}

/* ---- files ---- */

static bool
exists(const char *path, const char *suffix, struct stat *status)
{
    char name[PATH_MAX + 8];

    snprintf(name, sizeof(name), "%s%s", path, suffix);
    return stat(name, status) == 0;
}

/* A character that means something in a URI is written as %XX. */
static char *
uri_of(const char *path, const char *parameters)
{
    char *uri = memory_new(strlen(path) * 3 + strlen(parameters) + 10, 1), *to = uri;

    to += sprintf(to, "file:");
    for (const char *c = path; *c != '\0'; c++)
        to += sprintf(to, strchr("?#%", *c) != NULL ? "%%%02X" : "%c", (unsigned char)*c);
    strcpy(to, parameters);
    return uri;
}

/*
 * A read-only connection would still create the -shm of a database in WAL mode, and the -wal (www.sqlite.org/wal.html,
 * "Read-Only Databases"). Without a -wal nobody has the file open: it is read as one that cannot change. With one, its
 * -shm is there too, and readonly_shm leaves it as it is, in use or left over from a process that was killed.
 */
static const char *
how_to_open(struct source *source, char **error)
{
    struct stat wal, shm;

    if (stat(source->path, &source->before) != 0) {
        error_set(error, "%s", strerror(errno));
        return NULL;
    }
    source->at_rest = !exists(source->path, "-wal", &wal) || (wal.st_size == 0 && !exists(source->path, "-shm", &shm));
    if (source->at_rest)
        return "?mode=ro&immutable=1";
    if (exists(source->path, "-shm", &shm))
        return "?mode=ro&readonly_shm=1";
    error_set(error, "there is a -wal beside it, but no -shm: copy all three files");
    return NULL;
}

static int
is_ours(struct databases *databases, const char *schema, char **error)
{
    char *sql = sqlite3_mprintf("SELECT service FROM %s.meta", schema);
    int code = sqlite3_exec(databases->sqlite, sql, NULL, NULL, NULL);

    sqlite3_free(sql);
    return code == SQLITE_OK ? 0 : error_set(error, "%s: not a database of ours", sqlite3_errmsg(databases->sqlite));
}

int
databases_attach(struct databases *databases, enum audited service, const char *path, char **error)
{
    struct source *source = &databases->sources[service];
    const char *parameters;
    char *uri = NULL, *why = NULL;
    int result = -1;

    source->path = memory_copy_text(path);
    parameters = how_to_open(source, &why);
    if (parameters != NULL) {
        uri = uri_of(path, parameters);
        if (attach(databases, uri, schemas[service][0], &why) == 0
            && attach(databases, uri, schemas[service][1], &why) == 0)
            result = is_ours(databases, schemas[service][0], &why);
    }
    if (result != 0)
        error_set(error, "cannot read %s: %s", path, why);
    free(uri);
    free(why);
    return result;
}

/* ---- open databases ---- */

static int
copy(struct databases *databases, const char *schema, sqlite3 *from, char **error)
{
    sqlite3_backup *backup;

    if (attach(databases, ":memory:", schema, error) != 0)
        return -1;
    backup = sqlite3_backup_init(databases->sqlite, schema, from, "main");
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) == SQLITE_OK)
        return 0;
    return error_set(error, "cannot copy %s: %s", schema, sqlite3_errmsg(databases->sqlite));
}

int
databases_copy(struct databases *databases, enum audited service, sqlite3 *from, char **error)
{
    if (copy(databases, schemas[service][0], from, error) != 0)
        return -1;
    return copy(databases, schemas[service][1], from, error);
}

/* ---- reading ---- */

/* A transaction reads a database as it was when it first looked at it. */
static int
look(struct databases *databases, const char *sql, char **error)
{
    if (sqlite3_exec(databases->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    return error_set(error, "cannot begin to read: %s", sqlite3_errmsg(databases->sqlite));
}

int
databases_read(struct databases *databases, char **error)
{
    return look(databases, "BEGIN; SELECT 1 FROM order_svc.meta; SELECT 1 FROM payment_svc.meta; SELECT 1 FROM notify_svc.meta",
                error);
}

int
databases_read_later(struct databases *databases, char **error)
{
    return look(databases, "SELECT 1 FROM order_later.meta; SELECT 1 FROM payment_later.meta; SELECT 1 FROM notify_later.meta",
                error);
}

int
databases_check_rest(const struct databases *databases, char **error)
{
    struct stat now, wal;

    for (int i = 0; i < AUDITED; i++) {
        const struct source *source = &databases->sources[i];

        if (source->path == NULL || !source->at_rest)
            continue;
        if (stat(source->path, &now) != 0 || now.st_size != source->before.st_size
            || now.st_mtim.tv_sec != source->before.st_mtim.tv_sec
            || now.st_mtim.tv_nsec != source->before.st_mtim.tv_nsec
            || (exists(source->path, "-wal", &wal) && wal.st_size > 0))
            return error_set(error, "%s was opened by its service while it was read: audit again", source->path);
    }
    return 0;
}
