#include "functions.h"

#include "../base/when.h"

#include <sqlite3.h>
#include <stddef.h>

static void
rfc3339(sqlite3_context *context, int count, sqlite3_value **values)
{
    char text[WHEN_TEXT];

    (void)count;
    if (sqlite3_value_type(values[0]) != SQLITE_NULL)
        sqlite3_result_text(context, when_utc_text(sqlite3_value_int64(values[0]), text), -1, SQLITE_TRANSIENT);
}

int
functions_add(struct sqlite3 *sqlite)
{
    return sqlite3_create_function(sqlite, "rfc3339", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, rfc3339, NULL, NULL);
}
