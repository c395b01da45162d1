#include "operation.h"

#include "db.h"

void
operation_add(struct db *db, const struct operation *operation)
{
    static const char sql[] =
        "INSERT INTO operation (at, who, what, why, outcome) VALUES (:at, :who, :what, :why, :outcome)";

    db_run(db, sql,
           FIELDS(INT("at", operation->at), TEXT("who", operation->who), TEXT("what", operation->what),
                  TEXT("why", operation->why), TEXT("outcome", operation->outcome)));
}

void
operations_read(struct db *db, int limit, void (*each)(void *, const struct operation *), void *context)
{
    static const char sql[] =
        "SELECT at, who, what, why, outcome FROM operation ORDER BY operation_id DESC LIMIT :limit";
    struct rows *rows = db_select(db, sql, FIELDS(INT("limit", limit)));

    while (rows_next(rows)) {
        struct operation operation = {
            .at = rows_int(rows, 0),
            .who = rows_text(rows, 1),
            .what = rows_text(rows, 2),
            .why = rows_text(rows, 3),
            .outcome = rows_text(rows, 4),
        };

        each(context, &operation);
    }
    rows_end(rows);
}
