#include "json.h"

#include "../../common/base/memory.h"
#include "fuzz.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum question { HOLDS, VALUE, MINIMAL, QUESTIONS };

/* The statement, standing at its only row. */
static sqlite3_stmt *
ask(enum question question, const char *json, const char *path)
{
    static const char *const sql[QUESTIONS] = {
        [HOLDS] = "SELECT json_valid(?1)",
        [VALUE] = "SELECT CASE WHEN json_valid(?1) THEN json_extract(?1, ?2) END",
        [MINIMAL] = "SELECT CASE WHEN json_valid(?1) THEN json(?1) END",
    };
    static sqlite3_stmt *statements[QUESTIONS];
    static sqlite3 *sqlite;
    sqlite3_stmt **statement = &statements[question];

    MUST(sqlite != NULL || sqlite3_open(":memory:", &sqlite) == SQLITE_OK, "no SQLite");
    if (*statement == NULL)
        MUST(sqlite3_prepare_v2(sqlite, sql[question], -1, statement, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(sqlite));
    sqlite3_reset(*statement);
    sqlite3_bind_text(*statement, 1, json, -1, SQLITE_TRANSIENT);
    if (path != NULL)
        sqlite3_bind_text(*statement, 2, path, -1, SQLITE_TRANSIENT);
    MUST(sqlite3_step(*statement) == SQLITE_ROW, "%s: %s", sql[question], sqlite3_errmsg(sqlite));
    return *statement;
}

bool
json_holds(const char *json)
{
    return sqlite3_column_int(ask(HOLDS, json, NULL), 0) == 1;
}

/* SQLite's own text is gone with the next question. */
static const char *
kept(sqlite3_stmt *statement)
{
    static char *texts[4];
    static int next;
    const char *text = (const char *)sqlite3_column_text(statement, 0);

    next = (next + 1) % 4;
    free(texts[next]);
    texts[next] = text == NULL ? NULL : memory_copy_text(text);
    return texts[next];
}

const char *
json_text_at(const char *json, const char *path)
{
    return kept(ask(VALUE, json, path));
}

int64_t
json_number_at(const char *json, const char *path)
{
    return sqlite3_column_int64(ask(VALUE, json, path), 0);
}

const char *
json_minimal(const char *json)
{
    return kept(ask(MINIMAL, json, NULL));
}

void
json_must_be_problem(const char *json, int status)
{
    const char *type;

    MUST(json != NULL && json_holds(json), "a problem is no JSON: %s", json == NULL ? "nothing" : json);
    MUST(json_number_at(json, "$.status") == status, "a problem of status %d: %s", status, json);
    type = json_text_at(json, "$.type");
    MUST(type != NULL && strncmp(type, "/problems/", 10) == 0, "a problem without a type: %s", json);
    MUST(json_text_at(json, "$.title") != NULL, "a problem without a title: %s", json);
    MUST(status != 422 || strcmp(type, "/problems/key-reused") == 0 || json_text_at(json, "$.field") != NULL,
         "which field is it: %s", json);
}
