/* One service's SQLite database: one connection, cached statements, an error that sticks until the turn is over. */
#ifndef DB_H
#define DB_H

#include "../base/crash_point.h"
#include "../base/envelope.h"
#include "../base/field.h"
#include "../base/shard.h"

#include <stdbool.h>

struct arena;
struct db;
struct faults;
struct log;
struct metrics;
struct rows;
struct uuid_source;

/* What a handler may know besides its tables. Set once by whoever opens the database; the last three by whoever
 * runs a cause. */
struct db_context {
    const void *settings;        /* the service's own settings struct */
    struct uuid_source *ids;
    const char *source;          /* CloudEvents source of what is said here: "/order-svc" */
    struct shard shard;          /* which partitions, orders and customers are ours */
    struct faults *faults;       /* no handler's business: what is broken on purpose; NULL unless ALLOW_FAULTS */
    struct metrics *metrics;     /* what the service counts of its own; NULL: nothing */
    int turn_partition;          /* the partition that ids minted in this turn hash to */
    uint32_t may_emit;           /* bit n: the running row lists event type n */
};

/* What went wrong since db_forget_failure; the worst counts. */
enum db_failure {
    DB_FINE,
    DB_CAUSE_FAILED,     /* a constraint or a malformed value: undo the cause's savepoint */
    DB_TURN_LOST,        /* disk full or busy: the whole turn is undone, everything in it may be offered again */
    DB_BROKEN            /* I/O error, corruption, no memory: the process must end */
};

/* Before the first db_open of a process whose only thread that uses SQLite is this one: no locks, no statistics, no temporary
 * files. */
void db_use_one_thread(void);

/* Opens or creates a database file (mode 0600, WAL, synchronous=FULL), or ":memory:".
 * NULL on failure, with *error saying why (the caller frees it). */
struct db *db_open(const char *path, const struct log *log, char **error);
void db_close(struct db *db);

struct db_context *db_context(struct db *db);
/* Memory until the end of the cause. */
struct arena *db_scratch(struct db *db);

/* Runs a statement that returns no rows. sql is a static array, prepared at its first use; fields name its parameters
 * without the colon. Answers the number of changed rows, 0 also when the statement or an earlier one failed. */
int db_run(struct db *db, const char *sql, const struct field *fields);

/* Starts a query. Never NULL; after a failure it has no rows. Every db_select is ended by rows_next answering false
 * or by rows_end; one statement runs at most once at a time. */
struct rows *db_select(struct db *db, const char *sql, const struct field *fields);
bool rows_next(struct rows *rows);
void rows_end(struct rows *rows);
/* Columns count from 0. Text lives in db_scratch; NULL is SQL's NULL. */
const char *rows_text(struct rows *rows, int column);
int64_t rows_int(struct rows *rows, int column);
bool rows_is_null(struct rows *rows, int column);
bool rows_is_int(struct rows *rows, int column);
/* The bytes in place, until the next rows_next or rows_end; text ends with a NUL that size does not count. */
const char *rows_peek(struct rows *rows, int column, size_t *size);

/* The first column of the first row; the default when there is no row. */
int64_t db_number(struct db *db, const char *sql, const struct field *fields, int64_t otherwise);
/* The same as text in db_scratch; NULL when there is no row. */
const char *db_text(struct db *db, const char *sql, const struct field *fields);

/* Several statements without parameters, such as a schema. -1 on failure. */
int db_script(struct db *db, const char *sql);

enum db_failure db_failure(const struct db *db);
/* Text for a log line, until the next failure. */
const char *db_failure_text(const struct db *db);
/* The failure is the file's own: it is corrupt, or no database. */
bool db_is_damaged(const struct db *db);
/* Ends what a cause left open: rows, scratch memory, a failure of its own. */
void db_end_cause(struct db *db);
void db_forget_failure(struct db *db);
/* A fault on purpose: from here on the turn is lost, as after a full disk. */
void db_lose_turn(struct db *db);
/* A crash point. Where an I/O error is wanted the database is broken from here on, as if its last statement had failed. */
void db_point(struct db *db, enum crash_point point);

/* Transactions, for group_commit.c only. 0 or -1. */
int db_begin(struct db *db);
int db_commit(struct db *db);
void db_rollback(struct db *db);
int db_savepoint(struct db *db);
void db_release(struct db *db);
void db_undo(struct db *db);

/* Moves the write-ahead log into the database file as far as readers allow; for an idle moment. Under load
 * SQLite does it by itself when the log passes 32 MB. */
void db_checkpoint(struct db *db);
/* For a start: moves all of it, and empties it, both synced. Readers of the file or a full
 * disk may keep it from doing so: no failure. */
void db_empty_log(struct db *db);

#endif
