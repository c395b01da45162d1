/* A database that is put back after each input to what it held before. Opening a new one would take a hundred times as long. */
#ifndef KEPT_H
#define KEPT_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct sqlite3_stmt;

enum { KEPT_STATEMENTS = 64 };

struct kept {
    struct db *db;
    struct sqlite3_stmt *back[KEPT_STATEMENTS];
    int count;
    int64_t changes;        /* SQLite's count of them, when all was as it was */
};

/* Keeps a copy of all rows there are. Never ends. */
void kept_begin(struct kept *kept, struct db *db);
/* Whether anything was written since, also if it was undone. */
bool kept_is_changed(const struct kept *kept);
/* No turn may be open. */
void kept_put_back(struct kept *kept);

/* The first column of the first row, outside a turn; a cause ends with it. sql is a literal. */
int64_t kept_number(struct db *db, const char *sql);

#endif
