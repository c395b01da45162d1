#include "forgotten.h"

#include "db.h"

void
forgotten_note(struct db *db, const char *table, int64_t until)
{
    static const char sql[] =
        "INSERT INTO forgotten (name, until) VALUES (:name, :until)"
        " ON CONFLICT DO UPDATE SET until = max(until, excluded.until)";

    db_run(db, sql, FIELDS(TEXT("name", table), INT("until", until)));
}
