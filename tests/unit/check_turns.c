/* Turns: savepoints, group commit, and what is left when the database refuses. On real files. */
#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"

#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Fixture ---- */

static char folder[64], path[128];
static struct clock clock;
static struct log log_;
static struct db *db;
static struct group_commit *group;

/* A listener that counts what it is told. */
static struct heard {
    int before, committed, undone;
} heard;

static void
on_before(void *context)
{
    ((struct heard *)context)->before++;
}

static void
on_after(void *context, bool committed)
{
    struct heard *to = context;

    to->committed += committed;
    to->undone += !committed;
}

static void
set_up(void)
{
    char *error = NULL;

    strcpy(folder, "/tmp/check_turns.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/test.db", folder);
    clock = clock_manual(1000);
    log_ = (struct log){ .service = "test", .clock = &clock, .fd = -1 };
    db = db_open(path, &log_, &error);
    ck_assert_msg(db != NULL, "%s", error);
    db_context(db)->shard = (struct shard){ 0, 1, 12 };
    ck_assert_int_eq(db_script(db, "CREATE TABLE thing (name TEXT PRIMARY KEY, bytes BLOB) STRICT;"
                                   "CREATE TABLE part (of TEXT REFERENCES thing DEFERRABLE INITIALLY DEFERRED)"), 0);
    group = group_new(db, &clock);
    heard = (struct heard){ 0 };
    group_listen(group, (struct group_listener){ on_before, on_after, &heard });
}

static void
tear_down(void)
{
    struct dirent *entry;
    DIR *directory;

    group_free(group);
    db_close(db);
    directory = opendir(folder);
    while ((entry = readdir(directory)) != NULL)
        unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(folder);
}

/* ---- Helpers ---- */

static int
add(const char *name)
{
    static const char sql[] = "INSERT INTO thing (name) VALUES (:name)";

    return db_run(db, sql, FIELDS(TEXT("name", name)));
}

static void
cause(const char *name, bool keep)
{
    group_cause_begin(group);
    add(name);
    group_cause_end(group, keep);
}

static void
add_megabyte(const char *name)
{
    static const char sql[] = "INSERT INTO thing (name, bytes) VALUES (:name, zeroblob(1000000))";

    db_run(db, sql, FIELDS(TEXT("name", name)));
}

static const char *
names(void)
{
    static const char sql[] = "SELECT group_concat(name, ' ') FROM (SELECT name FROM thing ORDER BY name)";
    const char *text = db_text(db, sql, NULL);

    ck_assert_int_eq(db_failure(db), DB_FINE);
    return text == NULL ? "" : text;
}

/* What another program sees: only what is committed. */
static int
committed(void)
{
    sqlite3 *reader;
    sqlite3_stmt *count;
    int things;

    ck_assert_int_eq(sqlite3_open_v2(path, &reader, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(reader, "SELECT count(*) FROM thing", -1, &count, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(count), SQLITE_ROW);
    things = sqlite3_column_int(count, 0);
    sqlite3_finalize(count);
    sqlite3_close(reader);
    return things;
}

static void
check_works_again(void)
{
    int before = committed();

    ck_assert(!group_is_open(group));
    ck_assert_int_eq(db_failure(db), DB_FINE);
    cause("afterwards", true);
    ck_assert(group_commit(group));
    ck_assert_int_eq(committed(), before + 1);
}

/* ---- Tests: a turn ---- */

START_TEST(nothing_is_there_before_the_commit_and_all_of_it_after)
{
    cause("a", true);
    cause("b", true);
    ck_assert_int_eq(committed(), 0);
    ck_assert(group_is_open(group));
    ck_assert(group_commit(group));
    ck_assert_int_eq(committed(), 2);
    ck_assert(!group_is_open(group));
    ck_assert(heard.before == 1 && heard.committed == 1 && heard.undone == 0);
}
END_TEST

START_TEST(one_cause_is_undone_while_the_others_stay)
{
    cause("a", true);
    cause("b", false);
    cause("c", true);
    ck_assert(group_commit(group));
    ck_assert_str_eq(names(), "a c");
}
END_TEST

START_TEST(a_broken_constraint_undoes_its_cause_only_even_when_the_handler_wants_to_keep_it)
{
    cause("a", true);
    group_cause_begin(group);
    add("b");
    ck_assert_int_eq(add("a"), 0);
    ck_assert_int_eq(db_failure(db), DB_CAUSE_FAILED);
    ck_assert_ptr_nonnull(strstr(db_failure_text(db), "UNIQUE constraint failed: thing.name (1555)"));
    ck_assert_int_eq(add("c"), 0);              /* a failure sticks until the cause is over */
    group_cause_end(group, true);
    ck_assert_int_eq(db_failure(db), DB_FINE);
    cause("d", true);
    ck_assert(group_commit(group));
    ck_assert_str_eq(names(), "a d");
}
END_TEST

START_TEST(a_query_left_open_is_closed_at_the_end_of_its_cause)
{
    static const char sql[] = "SELECT name FROM thing";

    cause("a", true);
    cause("b", true);
    for (int i = 0; i < 3; i++) {
        group_cause_begin(group);
        ck_assert(rows_next(db_select(db, sql, NULL)));
        group_cause_end(group, i != 1);
    }
    ck_assert(group_commit(group));
    ck_assert(rows_next(db_select(db, sql, NULL)));
    db_end_cause(db);
    cause("c", true);
    ck_assert(group_commit(group));
    ck_assert_int_eq(committed(), 3);
}
END_TEST

START_TEST(a_write_that_returns_rows_may_be_left_open_too)
{
    static const char sql[] = "INSERT INTO thing (name) VALUES ('a'), ('b') RETURNING name";

    group_cause_begin(group);
    ck_assert(rows_next(db_select(db, sql, NULL)));
    group_cause_end(group, true);
    ck_assert_int_eq(db_failure(db), DB_FINE);
    ck_assert(group_commit(group));
    ck_assert_int_eq(committed(), 2);
}
END_TEST

START_TEST(a_commit_without_a_turn_does_nothing_and_tells_nobody)
{
    ck_assert(group_commit(group));
    group_abort(group);
    ck_assert(heard.before == 0 && heard.committed == 0 && heard.undone == 0);
}
END_TEST

START_TEST(an_aborted_turn_is_undone_and_told)
{
    cause("a", true);
    group_abort(group);
    ck_assert_int_eq(heard.undone, 1);
    ck_assert_int_eq(group_stats(group)->failures, 1);
    check_works_again();
}
END_TEST

/* ---- Tests: when it is due ---- */

START_TEST(a_turn_of_256_causes_is_due_at_once_and_is_one_commit)
{
    char name[16];

    for (int i = 0; i < GROUP_LIMIT; i++) {
        if (i > 0)
            ck_assert_int_gt(group_due_us(group), 0);
        snprintf(name, sizeof(name), "%03d", i);
        cause(name, true);
    }
    ck_assert_int_eq(group_due_us(group), 0);
    ck_assert_int_eq(group_idle_us(group), 0);
    ck_assert(group_commit(group));
    ck_assert_int_eq(committed(), 256);
    ck_assert_int_eq(heard.committed, 1);
    ck_assert_uint_eq(group_stats(group)->commits, 1);
    ck_assert_int_eq(group_stats(group)->size.sum, 256);
}
END_TEST

START_TEST(a_turn_is_due_two_milliseconds_after_its_begin)
{
    int64_t now = clock_monotonic_us(&clock);

    cause("a", true);
    ck_assert_int_eq(group_due_us(group), now + 2000);
    ck_assert_int_eq(group_idle_us(group), 0);         /* nothing else to do: commit now */
    clock_advance(&clock, 1);
    cause("b", true);
    ck_assert_int_eq(group_due_us(group), now + 2000);
}
END_TEST

START_TEST(commits_keep_a_distance_under_load_only)
{
    int64_t committed_us;

    for (int i = 0; i < 4; i++)
        cause((const char *[]){ "a", "b", "c", "d" }[i], true);
    ck_assert(group_commit(group));
    committed_us = clock_monotonic_us(&clock);
    cause("e", true);
    ck_assert_int_eq(group_idle_us(group), committed_us + 5000);
    ck_assert_int_eq(group_due_us(group), committed_us + 5000);
    ck_assert(group_commit(group));
    cause("f", true);
    ck_assert_int_eq(group_idle_us(group), 0);
}
END_TEST

/* A turn of so many causes; how long after its commit the next one may be committed. */
static int64_t
pace_after(int causes)
{
    static int count;
    char name[16];
    int64_t committed_us;

    for (int i = 0; i < causes; i++) {
        snprintf(name, sizeof(name), "x%d", count++);
        cause(name, true);
    }
    ck_assert(group_commit(group));
    committed_us = clock_monotonic_us(&clock);
    snprintf(name, sizeof(name), "x%d", count++);
    cause(name, true);
    return group_idle_us(group) == 0 ? 0 : group_idle_us(group) - committed_us;
}

START_TEST(under_much_load_the_distance_is_twice_as_long)
{
    ck_assert_int_eq(pace_after(31), 5000);
    ck_assert_int_eq(pace_after(31), 10000);           /* the 32nd was there already */
    ck_assert_int_eq(pace_after(63), 10000);
    ck_assert_int_eq(pace_after(62), 5000);            /* much for 5 ms is 32, for 10 ms it is 64 */
    ck_assert_int_eq(pace_after(1), 0);
}
END_TEST

/* ---- Tests: the database refuses ---- */

START_TEST(a_commit_that_fails_undoes_everything_and_tells_the_listeners)
{
    static const char sql[] = "INSERT INTO part (of) VALUES ('nothing')";

    cause("a", true);
    group_cause_begin(group);
    db_run(db, sql, NULL);                      /* a foreign key that is checked by COMMIT */
    group_cause_end(group, true);
    ck_assert(!group_commit(group));
    ck_assert_int_eq(committed(), 0);
    ck_assert(heard.before == 1 && heard.committed == 0 && heard.undone == 1);
    check_works_again();
}
END_TEST

START_TEST(a_full_database_loses_the_turn_and_works_again_once_there_is_space)
{
    cause("before", true);
    ck_assert(group_commit(group));
    ck_assert_int_eq(db_script(db, "PRAGMA max_page_count = 20"), 0);
    cause("a", true);
    group_cause_begin(group);
    add_megabyte("b");
    ck_assert_int_eq(db_failure(db), DB_TURN_LOST);
    group_cause_end(group, true);
    ck_assert_int_eq(db_failure(db), DB_TURN_LOST);
    ck_assert_int_eq(group_due_us(group), 0);
    cause("c", true);                           /* does nothing: it would stand outside any transaction */
    ck_assert_int_eq(committed(), 1);
    ck_assert(!group_commit(group));
    ck_assert_int_eq(heard.undone, 1);
    ck_assert_int_eq(committed(), 1);
    ck_assert_str_eq(names(), "before");
    cause("small", true);
    ck_assert(group_commit(group));
    ck_assert_int_eq(db_script(db, "PRAGMA max_page_count = 1000000"), 0);
    group_cause_begin(group);
    add_megabyte("b");
    group_cause_end(group, true);
    ck_assert(group_commit(group));
    check_works_again();
    ck_assert_str_eq(names(), "afterwards b before small");
}
END_TEST

/* FULL and NOMEM may do this too, with whatever code: only autocommit tells. */
START_TEST(a_failure_that_rolled_everything_back_loses_the_turn)
{
    static const char sql[] = "INSERT OR ROLLBACK INTO thing (name) VALUES ('a')";

    cause("a", true);
    group_cause_begin(group);
    db_run(db, sql, NULL);
    ck_assert_int_eq(db_failure(db), DB_TURN_LOST);
    group_cause_end(group, true);
    cause("b", true);
    ck_assert(!group_commit(group));
    ck_assert_int_eq(committed(), 0);
    check_works_again();
}
END_TEST

START_TEST(a_writer_beside_us_loses_the_turn_from_its_begin)
{
    sqlite3 *writer;

    ck_assert_int_eq(sqlite3_open(path, &writer), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    cause("a", true);
    ck_assert_int_eq(db_failure(db), DB_TURN_LOST);
    ck_assert_int_eq(group_due_us(group), 0);
    ck_assert(!group_commit(group));
    ck_assert_int_eq(heard.undone, 1);
    ck_assert_int_eq(sqlite3_exec(writer, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    check_works_again();
    sqlite3_close(writer);
}
END_TEST

/* With a plain BEGIN they could write between a look and what follows from it, and it would be ours that fails. */
START_TEST(from_its_begin_on_a_turn_keeps_others_from_writing)
{
    sqlite3 *writer;

    ck_assert_int_eq(sqlite3_open(path, &writer), SQLITE_OK);
    group_begin(group);
    ck_assert_int_eq(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_BUSY);
    cause("a", true);
    ck_assert(group_commit(group));
    sqlite3_close(writer);
}
END_TEST

/* A limit on the size of files makes write(2) fail as a broken disk would: EFBIG, which SQLite calls an I/O error. */
START_TEST(an_io_error_at_commit_is_an_unknown_outcome_that_nothing_forgives)
{
    char wal[160];
    struct stat status;
    struct rlimit limit;

    cause("before", true);
    ck_assert(group_commit(group));
    snprintf(wal, sizeof(wal), "%s-wal", path);
    ck_assert_int_eq(stat(wal, &status), 0);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = (rlim_t)status.st_size + 100;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cause("a", true);
    ck_assert_int_eq(db_failure(db), DB_FINE);
    ck_assert(!group_commit(group));
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    ck_assert_int_eq(db_failure(db), DB_BROKEN);
    ck_assert_int_eq(heard.undone, 1);
    cause("b", true);
    ck_assert(!group_commit(group));
    ck_assert_int_eq(db_failure(db), DB_BROKEN);
    ck_assert_int_eq(committed(), 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("turns");
    TCase *tcase = tcase_create("turns");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, nothing_is_there_before_the_commit_and_all_of_it_after);
    tcase_add_test(tcase, one_cause_is_undone_while_the_others_stay);
    tcase_add_test(tcase, a_broken_constraint_undoes_its_cause_only_even_when_the_handler_wants_to_keep_it);
    tcase_add_test(tcase, a_query_left_open_is_closed_at_the_end_of_its_cause);
    tcase_add_test(tcase, a_write_that_returns_rows_may_be_left_open_too);
    tcase_add_test(tcase, a_commit_without_a_turn_does_nothing_and_tells_nobody);
    tcase_add_test(tcase, an_aborted_turn_is_undone_and_told);
    tcase_add_test(tcase, a_turn_of_256_causes_is_due_at_once_and_is_one_commit);
    tcase_add_test(tcase, a_turn_is_due_two_milliseconds_after_its_begin);
    tcase_add_test(tcase, commits_keep_a_distance_under_load_only);
    tcase_add_test(tcase, under_much_load_the_distance_is_twice_as_long);
    tcase_add_test(tcase, a_commit_that_fails_undoes_everything_and_tells_the_listeners);
    tcase_add_test(tcase, a_full_database_loses_the_turn_and_works_again_once_there_is_space);
    tcase_add_test(tcase, a_failure_that_rolled_everything_back_loses_the_turn);
    tcase_add_test(tcase, a_writer_beside_us_loses_the_turn_from_its_begin);
    tcase_add_test(tcase, from_its_begin_on_a_turn_keeps_others_from_writing);
    tcase_add_test(tcase, an_io_error_at_commit_is_an_unknown_outcome_that_nothing_forgives);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
