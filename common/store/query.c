#include "db_private.h"

#include "../base/log.h"

#include <assert.h>
#include <stdio.h>

static struct rows *
statement(struct db *db, const char *sql)
{
    size_t slot = ((uintptr_t)sql >> 4) % STATEMENTS;

    for (int tries = 0; tries < STATEMENTS; tries++, slot = (slot + 1) % STATEMENTS) {
        struct rows *rows = &db->statements[slot];
        int code;

        if (rows->sql == sql)
            return rows;
        if (rows->sql != NULL)
            continue;
        code = sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &rows->stmt, NULL);
        if (code != SQLITE_OK) {
            db_fail(db, code, sql);
            rows->stmt = NULL;
            return NULL;
        }
        rows->sql = sql;
        rows->db = db;
        return rows;
    }
    assert(0 && "more statements than STATEMENTS");
    return NULL;
}

/* A call site passes the same literals each time, so a name is looked up once for each place. */
static int
parameter(struct rows *rows, int place, const char *name)
{
    char with_colon[64];

    assert(place < PARAMETERS);
    if (rows->names[place] == name)
        return rows->indexes[place];
    snprintf(with_colon, sizeof(with_colon), ":%s", name);
    rows->names[place] = name;
    rows->indexes[place] = sqlite3_bind_parameter_index(rows->stmt, with_colon);
    assert(rows->indexes[place] > 0);
    return rows->indexes[place];
}

static void
bind(struct rows *rows, const struct field *fields)
{
    for (int place = 0; fields != NULL && fields->kind != FIELD_END; fields++, place++) {
        int index = parameter(rows, place, fields->name);
        int code;

        if (fields->kind == FIELD_INT)
            code = sqlite3_bind_int64(rows->stmt, index, fields->number);
        else if (fields->text == NULL)
            code = sqlite3_bind_null(rows->stmt, index);
        else if (fields->kind == FIELD_TEXT)
            code = sqlite3_bind_text(rows->stmt, index, fields->text, -1, SQLITE_STATIC);
        else
            code = sqlite3_bind_blob(rows->stmt, index, fields->text, (int)fields->size, SQLITE_STATIC);
        if (code != SQLITE_OK)
            db_fail(rows->db, code, rows->sql);
    }
}

/* A statement that is not reset keeps its read transaction open, and the write-ahead log grows without end. What it answers
 * is mostly known from its last step; but it may have failed between two steps, and undone the transaction. */
static void
finish(struct rows *rows)
{
    int code = sqlite3_reset(rows->stmt);

    if (code != SQLITE_OK)
        db_fail(rows->db, code, rows->sql);
    sqlite3_clear_bindings(rows->stmt);
}

int
db_run(struct db *db, const char *sql, const struct field *fields)
{
    struct rows *rows;
    int code, changes = 0;

    if (db->failure != DB_FINE || (rows = statement(db, sql)) == NULL)
        return 0;
    assert(!rows->open);
    bind(rows, fields);
    code = sqlite3_step(rows->stmt);
    if (code == SQLITE_DONE)
        changes = sqlite3_changes(db->sqlite);
    else
        db_fail(db, code == SQLITE_ROW ? SQLITE_ERROR : code, sql);
    finish(rows);
    return changes;
}

struct rows *
db_select(struct db *db, const char *sql, const struct field *fields)
{
    struct rows *rows;

    if (db->failure != DB_FINE || (rows = statement(db, sql)) == NULL)
        return &db->no_rows;
    assert(!rows->open);
    bind(rows, fields);
    rows->open = true;
    rows->open_next = db->open;
    db->open = rows;
    return rows;
}

void
rows_end(struct rows *rows)
{
    struct rows **link;

    if (!rows->open)
        return;
    for (link = &rows->db->open; *link != rows; link = &(*link)->open_next)
        ;
    *link = rows->open_next;
    rows->open = false;
    finish(rows);
}

bool
rows_next(struct rows *rows)
{
    int code;

    if (!rows->open)
        return false;
    code = sqlite3_step(rows->stmt);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        db_fail(rows->db, code, rows->sql);
    rows_end(rows);
    return false;
}

/* ---- columns ---- */

/* The NUL behind a text may need memory. Without it NULL comes back, as for SQL's NULL, and SQLite undoes the transaction;
 * what runs after that would be durable statement by statement (seen: a stored answer to a deposit that was not there). */
static const char *
text_at(struct rows *rows, int column)
{
    bool is_null = sqlite3_column_type(rows->stmt, column) == SQLITE_NULL;
    const char *text = (const char *)sqlite3_column_text(rows->stmt, column);

    if (text == NULL && !is_null)
        fatal(rows->db->log, "no memory for what was read: start again", TEXT("error", rows->sql));
    return text;
}

const char *
rows_peek(struct rows *rows, int column, size_t *size)
{
    const char *text = sqlite3_column_type(rows->stmt, column) == SQLITE_TEXT
                           ? text_at(rows, column)
                           : (const char *)sqlite3_column_blob(rows->stmt, column);

    *size = (size_t)sqlite3_column_bytes(rows->stmt, column);
    return text;
}

const char *
rows_text(struct rows *rows, int column)
{
    const char *text = text_at(rows, column);

    if (text == NULL)
        return NULL;
    return arena_bytes(&rows->db->scratch, text, (size_t)sqlite3_column_bytes(rows->stmt, column));
}

int64_t
rows_int(struct rows *rows, int column)
{
    return sqlite3_column_int64(rows->stmt, column);
}

bool
rows_is_null(struct rows *rows, int column)
{
    return sqlite3_column_type(rows->stmt, column) == SQLITE_NULL;
}

bool
rows_is_int(struct rows *rows, int column)
{
    return sqlite3_column_type(rows->stmt, column) == SQLITE_INTEGER;
}

int64_t
db_number(struct db *db, const char *sql, const struct field *fields, int64_t otherwise)
{
    struct rows *rows = db_select(db, sql, fields);
    int64_t number = rows_next(rows) ? rows_int(rows, 0) : otherwise;

    rows_end(rows);
    return number;
}

const char *
db_text(struct db *db, const char *sql, const struct field *fields)
{
    struct rows *rows = db_select(db, sql, fields);
    const char *text = rows_next(rows) ? rows_text(rows, 0) : NULL;

    rows_end(rows);
    return text;
}
