/* SQLite gets no memory. */
#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/store/db.h"

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>

/* ---- Fixture ---- */

static sqlite3_mem_methods real;
static bool none_left;
static struct clock clock;
static struct log log_;
static struct db *db;

static void *
scarce_malloc(int size)
{
    return none_left ? NULL : real.xMalloc(size);
}

static void *
scarce_realloc(void *memory, int size)
{
    return none_left ? NULL : real.xRealloc(memory, size);
}

static void
set_up(void)
{
    sqlite3_mem_methods scarce;
    char *error;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
    scarce = real;
    scarce.xMalloc = scarce_malloc;
    scarce.xRealloc = scarce_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &scarce);
    clock = clock_manual(1000);
    log_ = (struct log){ .service = "test", .clock = &clock, .fd = -1 };
    db = db_open(":memory:", &log_, &error);
    ck_assert_ptr_nonnull(db);
}

static void
tear_down(void)
{
    none_left = false;
    db_close(db);
}

/* ---- Tests ---- */

/* Too long for what SQLite keeps ready, and fills its memory: the NUL behind it is missing until somebody wants it. */
START_TEST(a_text_that_is_read_without_memory_ends_the_process)
{
    static const char sql[] = "SELECT substr(printf('%2000s', value), 1, 1504) FROM json_each('[1]')";
    struct rows *rows = db_select(db, sql, NULL);

    ck_assert(rows_next(rows));
    none_left = true;
    rows_text(rows, 0);
}
END_TEST

START_TEST(a_statement_that_gets_no_memory_breaks_the_database)
{
    static const char sql[] = "SELECT substr(printf('%2000s', value), 1, 1504) FROM json_each('[1]')";
    struct rows *rows = db_select(db, sql, NULL);

    none_left = true;
    ck_assert(!rows_next(rows));
    ck_assert_int_eq(db_failure(db), DB_BROKEN);
    ck_assert(!db_is_damaged(db));
}
END_TEST

START_TEST(nothing_is_no_lack_of_memory)
{
    static const char sql[] = "SELECT NULL, ''";
    struct rows *rows = db_select(db, sql, NULL);

    ck_assert(rows_next(rows));
    ck_assert_ptr_null(rows_text(rows, 0));
    ck_assert_str_eq(rows_text(rows, 1), "");
    rows_end(rows);
    ck_assert_int_eq(db_failure(db), DB_FINE);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("memory");
    TCase *tcase = tcase_create("memory");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_exit_test(tcase, a_text_that_is_read_without_memory_ends_the_process, 1);
    tcase_add_test(tcase, a_statement_that_gets_no_memory_breaks_the_database);
    tcase_add_test(tcase, nothing_is_no_lack_of_memory);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
