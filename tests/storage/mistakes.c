#include "mistakes.h"

#include "../../common/store/db.h"

#include <sqlite3.h>
#include <string.h>

static const struct {
    const char *name, *what;
} kinds[MISTAKES] = {
    [NO_MISTAKE] = { "none", "" },
    [SYNC_OFF] = { "sync-off", "PRAGMA synchronous = OFF" },
    [SYNC_NORMAL] = { "sync-normal", "PRAGMA synchronous = NORMAL: a COMMIT does not sync" },
    [COMMIT_SWALLOWED] = { "commit-swallowed", "a COMMIT that fails is taken for one that held" },
    [ERROR_SWALLOWED] = { "error-swallowed", "a statement that fails is taken for one that found nothing" },
    [REPLY_FIRST] = { "reply-first", "replies leave before the COMMIT" },
};

static enum mistake made;

const char *
mistake_name(enum mistake mistake)
{
    return kinds[mistake].name;
}

const char *
mistake_what(enum mistake mistake)
{
    return kinds[mistake].what;
}

enum mistake
mistake_parse(const char *name)
{
    int mistake = 0;

    while (mistake < MISTAKES && strcmp(kinds[mistake].name, name) != 0)
        mistake++;
    return (enum mistake)mistake;
}

void
mistake_make(enum mistake mistake)
{
    made = mistake;
}

void
mistake_at_start(struct sqlite3 *sqlite)
{
    if (made == SYNC_OFF)
        sqlite3_exec(sqlite, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    if (made == SYNC_NORMAL)
        sqlite3_exec(sqlite, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
}

/* ---- the linker brings calls between objects here (--wrap) ---- */

int __real_db_commit(struct db *db);
int __wrap_db_commit(struct db *db);
void __real_db_fail(struct db *db, int code, const char *sql);
void __wrap_db_fail(struct db *db, int code, const char *sql);

int
__wrap_db_commit(struct db *db)
{
    int result = __real_db_commit(db);

    if (result == 0 || made != COMMIT_SWALLOWED)
        return result;
    db_rollback(db);
    db_forget_failure(db);
    return 0;
}

void
__wrap_db_fail(struct db *db, int code, const char *sql)
{
    if (made != ERROR_SWALLOWED)
        __real_db_fail(db, code, sql);
}
