/* Crash points: what can be ordered, that it strikes once and where it was ordered, what a database is worth after it, and that
 * tests/crash/README.md has the list. */
#include "../../common/base/clock.h"
#include "../../common/base/faults.h"
#include "../../common/base/log.h"
#include "../../common/base/uuid.h"
#include "../../common/describe.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Fixture ---- */

static struct clock clock_;
static struct log log_;
static struct faults *faults;
static struct db *db;
static struct group_commit *group;
static char path[] = "/tmp/check_crash_points.XXXXXX";

static void
open_database(void)
{
    char *error = NULL;

    db = db_open(path, &log_, &error);
    ck_assert_msg(db != NULL, "%s", error);
    *db_context(db) = (struct db_context){ .shard = { 0, 1, 12 }, .faults = faults };
    group = group_new(db, &clock_);
}

static void
close_database(void)
{
    group_free(group);
    db_close(db);
}

static void
set_up(void)
{
    struct uuid_source chance;

    clock_ = clock_manual(1767225600000);
    log_ = (struct log){ .service = "test", .clock = &clock_, .fd = -1 };
    uuid_source_seeded(&chance, 1);
    faults = faults_new(&log_, &chance);
    close(mkstemp(path));
    open_database();
    ck_assert_int_eq(db_script(db, "CREATE TABLE t (a)"), 0);
}

static void
tear_down(void)
{
    char other[sizeof(path) + 10];

    close_database();
    faults_free(faults);
    unlink(path);
    for (const char *end = "-wal\0-shm\0"; *end != '\0'; end += strlen(end) + 1) {
        snprintf(other, sizeof(other), "%s%s", path, end);
        unlink(other);
    }
    strcpy(path + strlen(path) - 6, "XXXXXX");
}

/* ---- Helpers ---- */

/* What is wrong with the text: "" if nothing is. */
static const char *
mistake(const char *text)
{
    static char said[300];
    char *error = NULL;

    said[0] = '\0';
    if (faults_read(faults, text, &error) != 0)
        snprintf(said, sizeof(said), "%s", error);
    free(error);
    return said;
}

static int
strikes(enum crash_point point, int times)
{
    int count = 0;

    while (times-- > 0)
        count += crash_point(faults, point);
    return count;
}

static bool
commit_a_row(void)
{
    static const char sql[] = "INSERT INTO t (a) VALUES (1)";

    group_cause_begin(group);
    db_run(db, sql, NULL);
    group_cause_end(group, true);
    return group_commit(group);
}

static int64_t
rows_after_a_restart(void)
{
    static const char sql[] = "SELECT count(*) FROM t";

    close_database();
    open_database();
    return db_number(db, sql, NULL, -1);
}

/* ---- Tests ---- */

START_TEST(each_point_has_a_name_of_its_own_and_says_what_holds_and_what_follows)
{
    for (int i = NO_POINT + 1; i < CRASH_POINTS; i++) {
        const struct crash_point_kind *kind = &crash_point_kinds[i];
        enum crash_point found;

        ck_assert_int_eq(crash_point_parse(kind->name, &found), 0);
        ck_assert_int_eq(found, i);
        ck_assert_uint_gt(strlen(kind->durable), 5);
        ck_assert_uint_gt(strlen(kind->restart), 5);
    }
}
END_TEST

START_TEST(orders_that_make_no_sense_are_refused)
{
    ck_assert_str_eq(mistake("crash:point=commit-before:how=io-error:nth=7"), "");
    ck_assert_ptr_nonnull(strstr(mistake("crash"), "crash: this fault needs point"));
    ck_assert_ptr_nonnull(strstr(mistake("crash:point=nowhere"), "\"point=nowhere\" is none of"));
    ck_assert_ptr_nonnull(strstr(mistake("crash:point=commit-before:how=slowly"), "is none of"));
    ck_assert_ptr_nonnull(strstr(mistake("crash:point=commit-before:nth=0"), "is none of"));
    ck_assert_ptr_nonnull(strstr(mistake("crash:point=reply-before:how=io-error"), "nothing at this point can fail"));
    ck_assert_ptr_nonnull(strstr(mistake("crash:point=stop-begun:nth=2"), "a process passes this point once"));
    ck_assert_ptr_nonnull(strstr(mistake("crash:point=commit-before:percent=50"), "strikes once"));
    ck_assert_ptr_nonnull(strstr(mistake("crash:point=commit-before:type=order.paid"), "concerns no type"));
    ck_assert_ptr_nonnull(strstr(mistake("ack-lost:point=commit-before"), "are for the fault crash"));
    ck_assert_ptr_nonnull(strstr(mistake("ack-lost:nth=2"), "are for the fault crash"));
}
END_TEST

START_TEST(without_an_order_nothing_strikes)
{
    for (int i = NO_POINT + 1; i < CRASH_POINTS; i++) {
        ck_assert(!crash_point(NULL, (enum crash_point)i));
        ck_assert(!crash_point(faults, (enum crash_point)i));
    }
    ck_assert(commit_a_row());
}
END_TEST

START_TEST(an_error_strikes_at_its_passage_and_once)
{
    struct fault_order order;

    ck_assert_str_eq(mistake("crash:point=commit-before:how=io-error:nth=3"), "");
    ck_assert_int_eq(strikes(POINT_COMMIT_AFTER, 10), 0);
    ck_assert_int_eq(strikes(POINT_COMMIT_BEFORE, 2), 0);
    ck_assert(faults_get(faults, FAULT_CRASH, &order));
    ck_assert_int_eq(order.crash.nth, 1);
    errno = 0;
    ck_assert_int_eq(strikes(POINT_COMMIT_BEFORE, 1), 1);
    ck_assert_int_eq(errno, EIO);
    ck_assert_int_eq(strikes(POINT_COMMIT_BEFORE, 10), 0);
    ck_assert(!faults_get(faults, FAULT_CRASH, &order));
    ck_assert_uint_eq(faults_count(faults, FAULT_CRASH), 1);
}
END_TEST

START_TEST(a_kill_ends_the_process)
{
    ck_assert_str_eq(mistake("crash:point=record-taken"), "");
    strikes(POINT_RECORD_TAKEN, 1);
}
END_TEST

START_TEST(an_abort_ends_the_process_by_a_signal_that_a_handler_can_have)
{
    ck_assert_str_eq(mistake("crash:point=record-taken:how=abort:nth=2"), "");
    strikes(POINT_RECORD_TAKEN, 2);
}
END_TEST

START_TEST(a_commit_that_fails_before_holds_nothing_and_breaks_the_database)
{
    ck_assert_str_eq(mistake("crash:point=commit-before:how=io-error:nth=2"), "");
    ck_assert(commit_a_row());
    ck_assert(!commit_a_row());
    ck_assert_int_eq(db_failure(db), DB_BROKEN);
    ck_assert_str_eq(db_failure_text(db), "an I/O error on purpose at commit-before");
    ck_assert(!commit_a_row());
    ck_assert_int_eq(rows_after_a_restart(), 1);
}
END_TEST

START_TEST(a_commit_that_is_said_to_have_failed_may_hold)
{
    ck_assert_str_eq(mistake("crash:point=commit-after:how=io-error"), "");
    ck_assert(!commit_a_row());
    ck_assert_int_eq(db_failure(db), DB_BROKEN);
    ck_assert_int_eq(rows_after_a_restart(), 1);
}
END_TEST

START_TEST(an_error_in_a_turn_undoes_all_of_it)
{
    static const char *const points[] = { "turn-begun", "cause-done" };

    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        char text[80];

        snprintf(text, sizeof(text), "crash:point=%s:how=io-error", points[i]);
        ck_assert_str_eq(mistake(text), "");
        ck_assert(!commit_a_row());
        ck_assert_int_eq(db_failure(db), DB_BROKEN);
        ck_assert_int_eq(rows_after_a_restart(), 0);
    }
}
END_TEST

START_TEST(the_readme_has_the_list)
{
    FILE *file = fopen("tests/crash/README.md", "r"), *printed;
    char *page = calloc(1, 100000), *table;
    size_t size;

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(page, 1, 99999, file), 0);
    fclose(file);
    printed = open_memstream(&table, &size);
    describe_crash_points(printed);
    fclose(printed);
    ck_assert_msg(strstr(page, table) != NULL, "tests/crash/README.md does not have what --crash-points prints");
    free(table);
    free(page);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("crash points");
    TCase *tcase = tcase_create("crash points");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_point_has_a_name_of_its_own_and_says_what_holds_and_what_follows);
    tcase_add_test(tcase, orders_that_make_no_sense_are_refused);
    tcase_add_test(tcase, without_an_order_nothing_strikes);
    tcase_add_test(tcase, an_error_strikes_at_its_passage_and_once);
    tcase_add_test_raise_signal(tcase, a_kill_ends_the_process, SIGKILL);
    tcase_add_test_raise_signal(tcase, an_abort_ends_the_process_by_a_signal_that_a_handler_can_have, SIGABRT);
    tcase_add_test(tcase, a_commit_that_fails_before_holds_nothing_and_breaks_the_database);
    tcase_add_test(tcase, a_commit_that_is_said_to_have_failed_may_hold);
    tcase_add_test(tcase, an_error_in_a_turn_undoes_all_of_it);
    tcase_add_test(tcase, the_readme_has_the_list);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
