#include "history.h"

#include "../../common/base/error.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 4 };         /* outcome, order, key, flow */

static bool
is_outcome(const char *word)
{
    return strcmp(word, "acknowledged") == 0 || strcmp(word, "refused") == 0 || strcmp(word, "unknown") == 0;
}

/* Cuts the line into its words; false if they are not four, or the first is no outcome. */
static bool
split(char *line, char *words[WORDS])
{
    char *rest = NULL;

    for (int i = 0; i < WORDS; i++)
        if ((words[i] = strtok_r(i == 0 ? line : NULL, " \t\n", &rest)) == NULL)
            return false;
    return strtok_r(NULL, " \t\n", &rest) == NULL && is_outcome(words[0]);
}

static int
add(sqlite3_stmt *insert, long number, char *words[WORDS])
{
    sqlite3_reset(insert);
    sqlite3_bind_int64(insert, 1, number);
    for (int i = 0; i < WORDS; i++)
        if (i == 1 && strcmp(words[i], "-") == 0)
            sqlite3_bind_null(insert, i + 2);
        else
            sqlite3_bind_text(insert, i + 2, words[i], -1, SQLITE_TRANSIENT);
    return sqlite3_step(insert) == SQLITE_DONE ? 0 : -1;
}

/* Blank lines and those that begin with # are passed over. */
static int
read_lines(FILE *file, const char *path, sqlite3_stmt *insert, char **error)
{
    char *line = NULL, *words[WORDS];
    size_t size = 0;
    int result = 0;

    for (long number = 1; result == 0 && getline(&line, &size, file) >= 0; number++) {
        if (line[strspn(line, " \t\n")] == '\0' || line[0] == '#')
            continue;
        if (!split(line, words))
            result = error_set(error, "%s:%ld: expected acknowledged, refused or unknown, then order, key and flow, "
                               "each a word or -", path, number);
        else if (add(insert, number, words) != 0)
            result = error_set(error, "%s:%ld: cannot be kept", path, number);
    }
    if (result == 0 && ferror(file))
        result = error_set(error, "cannot read %s: %s", path, strerror(errno));
    free(line);
    return result;
}

int
history_read(sqlite3 *sqlite, const char *path, char **error)
{
    static const char sql[] = "INSERT INTO told (line, outcome, order_id, key, flow) VALUES (?, ?, ?, ?, ?)";
    sqlite3_stmt *insert = NULL;
    FILE *file = fopen(path, "r");
    int result;

    if (file == NULL)
        return error_set(error, "cannot read %s: %s", path, strerror(errno));
    sqlite3_exec(sqlite, "BEGIN", NULL, NULL, NULL);
    sqlite3_prepare_v2(sqlite, sql, -1, &insert, NULL);
    result = read_lines(file, path, insert, error);
    sqlite3_finalize(insert);
    sqlite3_exec(sqlite, "COMMIT", NULL, NULL, NULL);
    fclose(file);
    return result;
}

void
history_add(sqlite3 *sqlite, const char *outcome, const char *order_id, const char *key)
{
    static const char sql[] = "INSERT INTO told (outcome, order_id, key, flow) VALUES (?, ?, ?, '-')";
    sqlite3_stmt *insert = NULL;

    sqlite3_prepare_v2(sqlite, sql, -1, &insert, NULL);
    sqlite3_bind_text(insert, 1, outcome, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, order_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 3, key, -1, SQLITE_STATIC);
    sqlite3_step(insert);
    sqlite3_finalize(insert);
}
