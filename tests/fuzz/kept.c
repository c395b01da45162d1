#include "kept.h"

#include "../../common/store/db_private.h"
#include "fuzz.h"

#include <stdio.h>

static void
run(struct kept *kept, const char *sql)
{
    char *error = NULL;

    MUST(sqlite3_exec(kept->db->sqlite, sql, NULL, NULL, &error) == SQLITE_OK, "%s: %s", sql, error);
}

static void
prepare(struct kept *kept, const char *sql)
{
    MUST(kept->count < KEPT_STATEMENTS, "too many tables");
    MUST(sqlite3_prepare_v3(kept->db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &kept->back[kept->count++], NULL) == SQLITE_OK,
         "%s: %s", sql, sqlite3_errmsg(kept->db->sqlite));
}

/* One copy in the attached database, two statements that bring it back. */
static int
keep_table(void *context, int count, char **values, char **names)
{
    struct kept *kept = context;
    char sql[200];

    (void)count, (void)names;
    snprintf(sql, sizeof(sql), "CREATE TABLE kept.copy_of_%s AS SELECT * FROM main.%s", values[0], values[0]);
    run(kept, sql);
    snprintf(sql, sizeof(sql), "DELETE FROM main.%s", values[0]);
    prepare(kept, sql);
    snprintf(sql, sizeof(sql), "INSERT INTO main.%s SELECT * FROM kept.copy_of_%s", values[0], values[0]);
    prepare(kept, sql);
    return 0;
}

static int64_t
changes(const struct kept *kept)
{
    return sqlite3_total_changes(kept->db->sqlite);
}

/* sqlite_sequence is the last: what is inserted into the others changes it. */
void
kept_begin(struct kept *kept, struct db *db)
{
    static const char tables[] =
        "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name = 'sqlite_sequence'";
    char *error = NULL;

    *kept = (struct kept){ .db = db };
    run(kept, "ATTACH ':memory:' AS kept");
    prepare(kept, "BEGIN");
    MUST(sqlite3_exec(db->sqlite, tables, keep_table, kept, &error) == SQLITE_OK, "%s", error);
    prepare(kept, "COMMIT");
    kept->changes = changes(kept);
}

bool
kept_is_changed(const struct kept *kept)
{
    return changes(kept) != kept->changes;
}

void
kept_put_back(struct kept *kept)
{
    if (!kept_is_changed(kept))
        return;
    for (int i = 0; i < kept->count; i++) {
        MUST(sqlite3_step(kept->back[i]) == SQLITE_DONE, "%s: %s", sqlite3_sql(kept->back[i]),
             sqlite3_errmsg(kept->db->sqlite));
        sqlite3_reset(kept->back[i]);
    }
    kept->changes = changes(kept);
}

int64_t
kept_number(struct db *db, const char *sql)
{
    int64_t number = db_number(db, sql, NULL, -1);

    MUST(db_failure(db) == DB_FINE, "%s", db_failure_text(db));
    db_end_cause(db);
    return number;
}
