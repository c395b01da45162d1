#include "db_private.h"

#include "../base/error.h"
#include "../base/faults.h"
#include "../base/log.h"
#include "functions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- failures ---- */

static enum db_failure
failure_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_ERROR:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
        return DB_CAUSE_FAILED;
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_ABORT:          /* of a query whose transaction was undone under it: why, another statement knows */
        return DB_TURN_LOST;
    default:
        return DB_BROKEN;
    }
}

/* FULL, IOERR and NOMEM may have rolled everything back already, savepoints included: autocommit tells. */
void
db_fail(struct db *db, int code, const char *sql)
{
    enum db_failure failure = failure_of(code);

    if (failure == DB_CAUSE_FAILED && db->in_turn && sqlite3_get_autocommit(db->sqlite))
        failure = DB_TURN_LOST;
    if (failure > db->failure) {
        db->failure = failure;
        db->failure_code = code & 0xff;
        snprintf(db->failure_text, sizeof(db->failure_text), "%s (%d) in: %.100s",
                 sqlite3_extended_errcode(db->sqlite) == code ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(code), code,
                 sql);
    }
}

enum db_failure
db_failure(const struct db *db)
{
    return db->failure;
}

const char *
db_failure_text(const struct db *db)
{
    return db->failure_text;
}

bool
db_is_damaged(const struct db *db)
{
    return db->failure == DB_BROKEN && (db->failure_code == SQLITE_CORRUPT || db->failure_code == SQLITE_NOTADB);
}

void
db_forget_failure(struct db *db)
{
    db->failure = DB_FINE;
}

void
db_lose_turn(struct db *db)
{
    if (db->failure >= DB_TURN_LOST)
        return;
    db->failure = DB_TURN_LOST;
    snprintf(db->failure_text, sizeof(db->failure_text), "a fault on purpose");
}

void
db_point(struct db *db, enum crash_point point)
{
    if (!crash_point(db->context.faults, point))
        return;
    db->failure = DB_BROKEN;
    snprintf(db->failure_text, sizeof(db->failure_text), "an I/O error on purpose at %s", crash_point_kinds[point].name);
}

void
db_end_cause(struct db *db)
{
    while (db->open != NULL)
        rows_end(db->open);
    arena_reset(&db->scratch);
    if (db->failure == DB_CAUSE_FAILED)
        db->failure = DB_FINE;
}

/* ---- transactions ---- */

/* For a statement without rows, outside the rule that a failure stops everything. */
static int
execute(struct db *db, const char *sql)
{
    int code = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

    if (code == SQLITE_OK)
        return 0;
    db_fail(db, code, sql);
    return -1;
}

int
db_script(struct db *db, const char *sql)
{
    return execute(db, sql);
}

static bool
run_cached(struct db *db, const char *sql)
{
    db_run(db, sql, NULL);
    return db->failure == DB_FINE;
}

/* IMMEDIATE: a read transaction that upgrades gets BUSY at once, whatever the busy handler says. */
int
db_begin(struct db *db)
{
    static const char sql[] = "BEGIN IMMEDIATE";

    db->in_turn = run_cached(db, sql);
    return db->in_turn ? 0 : -1;
}

int
db_commit(struct db *db)
{
    static const char sql[] = "COMMIT";

    if (!run_cached(db, sql))
        return -1;
    db->in_turn = false;
    return 0;
}

void
db_rollback(struct db *db)
{
    db->in_turn = false;
    if (!sqlite3_get_autocommit(db->sqlite))
        execute(db, "ROLLBACK");
}

int
db_savepoint(struct db *db)
{
    static const char sql[] = "SAVEPOINT cause";

    return run_cached(db, sql) ? 0 : -1;
}

void
db_release(struct db *db)
{
    static const char sql[] = "RELEASE cause";

    db_run(db, sql, NULL);
}

/* The failure of the cause is forgotten first: it would keep the two statements from running. */
void
db_undo(struct db *db)
{
    static const char sql[] = "ROLLBACK TO cause";

    if (db->failure == DB_CAUSE_FAILED)
        db->failure = DB_FINE;
    db_run(db, sql, NULL);
    db_release(db);
}

/* What is in the log holds without it: readers or a full disk may keep it waiting. */
static bool
checkpoint(struct db *db, int mode)
{
    int code = sqlite3_wal_checkpoint_v2(db->sqlite, NULL, mode, NULL, NULL);

    if (code != SQLITE_OK && failure_of(code) == DB_BROKEN)
        db_fail(db, code, "a checkpoint");
    return code == SQLITE_OK;
}

void
db_checkpoint(struct db *db)
{
    checkpoint(db, SQLITE_CHECKPOINT_PASSIVE);
}

/* SQLite does not sync the truncation: a log that came back would take the file back to what it knows. */
void
db_empty_log(struct db *db)
{
    sqlite3_file *log = NULL;
    int code = SQLITE_OK;

    if (!checkpoint(db, SQLITE_CHECKPOINT_TRUNCATE))
        return;
    sqlite3_file_control(db->sqlite, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log != NULL && log->pMethods != NULL)
        code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK)
        db_fail(db, code, "a checkpoint");
}

/* ---- opening ---- */

struct db_context *
db_context(struct db *db)
{
    return &db->context;
}

struct arena *
db_scratch(struct db *db)
{
    return &db->scratch;
}

void
db_use_one_thread(void)
{
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    /* What a savepoint may have to undo, the pages that one cause changes, stays in memory up to 16 MB: a temporary file's
     * disk may be full, too. SQLite takes so much at a time: one piece for each cause. With -1, which knows no limit, it takes
     * pieces of 1 KB, forty for each cause, and malloc becomes the most expensive part of a turn. What is not touched takes
     * no room. Who changes more does it in a turn without a savepoint (move_aside in relay_refused.c). */
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, 16 << 20);
}

/* SQLite would create the file with the umask's mode: money is nobody else's business. */
static int
create_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static bool
is_wal(struct db *db)
{
    static const char sql[] = "PRAGMA journal_mode = WAL";
    const char *mode = db_text(db, sql, NULL);

    return mode != NULL && (strcmp(mode, "wal") == 0 || strcmp(mode, "memory") == 0);
}

/* Debian's SQLite overwrites what is deleted, and writes each page that becomes free once more: retention deletes as much as
 * is written, and what it forgets was no secret before. */
static bool
configure(struct db *db)
{
    sqlite3_extended_result_codes(db->sqlite, 1);
    sqlite3_busy_timeout(db->sqlite, 100);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return functions_add(db->sqlite) == SQLITE_OK && is_wal(db)
           && db_script(db, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                            "PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0; PRAGMA secure_delete = OFF;"
                            "PRAGMA cache_size = -16000;"
                            "PRAGMA journal_size_limit = 67108864;"
                            "PRAGMA wal_autocheckpoint = 8000;") == 0;
}

struct db *
db_open(const char *path, const struct log *log, char **error)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    struct db *db = memory_new(1, sizeof(*db));
    bool in_memory = strcmp(path, ":memory:") == 0;

    db->log = log;
    arena_init(&db->scratch);
    if (!in_memory && create_private(path) != 0) {
        error_set(error, "cannot open %s: %s", path, strerror(errno));
    } else if (sqlite3_open_v2(path, &db->sqlite, flags, NULL) != SQLITE_OK || !configure(db)) {
        error_set(error, "cannot use %s as a database: %s", path, sqlite3_errmsg(db->sqlite));
    } else {
        db_end_cause(db);
        return db;
    }
    db_close(db);
    return NULL;
}

void
db_close(struct db *db)
{
    if (db == NULL)
        return;
    db_end_cause(db);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(db->statements[i].stmt);
    sqlite3_close(db->sqlite);
    arena_release(&db->scratch);
    free(db);
}
