/* The inside of struct db, for db.c and query.c only. */
#ifndef DB_PRIVATE_H
#define DB_PRIVATE_H

#include "../base/memory.h"
#include "db.h"

#include <sqlite3.h>

enum { STATEMENTS = 256, PARAMETERS = 24 };

struct rows {
    struct db *db;
    const char *sql;                   /* the key: statements are static arrays */
    sqlite3_stmt *stmt;
    const char *names[PARAMETERS];     /* of the field at each place … */
    int indexes[PARAMETERS];           /* … and the parameter it was bound to the last time */
    struct rows *open_next;
    bool open;
};

struct db {
    sqlite3 *sqlite;
    const struct log *log;
    struct db_context context;
    struct arena scratch;
    struct rows statements[STATEMENTS];
    struct rows no_rows;               /* of a query that could not start: never open */
    struct rows *open;                 /* queries whose rows are not all read */
    bool in_turn;                      /* BEGIN succeeded; COMMIT or ROLLBACK not yet */
    enum db_failure failure;
    int failure_code;                  /* SQLite's */
    char failure_text[256];
};

/* Notes the failure, if it is worse than one noted before. */
void db_fail(struct db *db, int code, const char *sql);

#endif
