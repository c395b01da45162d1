/* The auditor's --history: each line is kept as it stands, or the first that is none is named. */
#include "../audit/history.h"

#include "fuzz.h"
#include "input.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static sqlite3 *
database(void)
{
    static sqlite3 *sqlite;

    if (sqlite == NULL)
        MUST(sqlite3_open(":memory:", &sqlite) == SQLITE_OK
             && sqlite3_exec(sqlite, "CREATE TABLE told (line, outcome, order_id, key, flow)", NULL, NULL, NULL) == SQLITE_OK,
             "no table");
    return sqlite;
}

/* All lines as the file has them; the caller's to free. */
static char *
print(sqlite3 *sqlite, size_t *size)
{
    static const char sql[] = "SELECT outcome, ifnull(order_id, '-'), key, flow FROM told ORDER BY rowid";
    sqlite3_stmt *select = NULL;
    char *text = NULL;
    FILE *out = open_memstream(&text, size);

    sqlite3_prepare_v2(sqlite, sql, -1, &select, NULL);
    while (sqlite3_step(select) == SQLITE_ROW)
        for (int i = 0; i < 4; i++)
            fprintf(out, "%s%c", (const char *)sqlite3_column_text(select, i), i < 3 ? ' ' : '\n');
    sqlite3_finalize(select);
    fclose(out);
    return text;
}

static int
read_bytes(const char *bytes, size_t size, char **error)
{
    char path[INPUT_PATH];
    int file = input_file(bytes, size, path), result;

    sqlite3_exec(database(), "DELETE FROM told", NULL, NULL, NULL);
    result = history_read(database(), path, error);
    MUST(result == 0 || (*error != NULL && strncmp(*error, path, strlen(path)) == 0 && strchr(*error, '\n') == NULL),
         "where is it: %s", *error);
    close(file);
    return result;
}

void
fuzz_history(const char *bytes, size_t size)
{
    char *error = NULL, *printed, *again;
    size_t printed_size, again_size;

    if (read_bytes(bytes, size, &error) == 0) {
        printed = print(database(), &printed_size);
        MUST(read_bytes(printed, printed_size, &error) == 0, "printed, it is wrong: %s", error);
        again = print(database(), &again_size);
        MUST(strcmp(printed, again) == 0, "the second time it says %s", again);
        free(printed);
        free(again);
    }
    free(error);
}
