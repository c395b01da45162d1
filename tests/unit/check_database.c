/* A database file: private, and refused when it is damaged or another's. */
#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/meta.h"
#include "../../common/store/quick_check.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const char payment_schema[];

/* ---- Fixture ---- */

static const struct meta ours = { "payment-svc", 0, 1, 12, "" };

static char folder[64], path[128];
static struct clock clock;
static struct log log_;
static struct db *db;
static struct group_commit *group;

static struct db *
open_file(char **error)
{
    struct db *opened;

    *error = NULL;
    opened = db_open(path, &log_, error);
    if (opened != NULL && meta_open(opened, &ours, payment_schema, error) != 0) {
        db_close(opened);
        return NULL;
    }
    return opened;
}

static void
start(void)
{
    char *error;

    db = open_file(&error);
    ck_assert_msg(db != NULL, "%s", error);
    db_context(db)->shard = (struct shard){ 0, 1, 12 };
    group = group_new(db, &clock);
}

static void
stop(void)
{
    group_free(group);
    db_close(db);
    group = NULL;
    db = NULL;
}

static void
set_up(void)
{
    umask(0);
    strcpy(folder, "/tmp/check_database.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/test.db", folder);
    clock = clock_manual(1000);
    log_ = (struct log){ .service = "test", .clock = &clock, .fd = -1 };
    start();
}

static void
tear_down(void)
{
    struct dirent *entry;
    DIR *directory;

    stop();
    directory = opendir(folder);
    while ((entry = readdir(directory)) != NULL)
        unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(folder);
}

/* ---- Helpers ---- */

static void
set_cluster(const char *cluster)
{
    group_begin(group);
    meta_set_cluster(db, cluster);
    ck_assert(group_commit(group));
}

static void
cause_works(void)
{
    group_cause_begin(group);
    meta_set_cluster(db, "abc");
    group_cause_end(group, true);
    ck_assert(group_commit(group));
}

static mode_t
mode_of(const char *suffix)
{
    char name[160];
    struct stat status;

    snprintf(name, sizeof(name), "%s%s", path, suffix);
    ck_assert_int_eq(stat(name, &status), 0);
    return status.st_mode & 07777;
}

/* Closes the database, lets the SQL change it, and answers why it cannot be opened any more. */
static char *
error_after(const char *sql)
{
    sqlite3 *other;
    struct db *opened;
    char *error;

    stop();
    ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    opened = open_file(&error);
    ck_assert_ptr_null(opened);
    ck_assert_ptr_nonnull(error);
    return error;
}

static void
check_error(const char *sql, const char *wanted)
{
    char *error = error_after(sql);

    ck_assert_msg(strstr(error, wanted) != NULL, "%s", error);
    free(error);
}

/* Writes over the file from this place on. */
static void
scribble(off_t from, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    char rubbish[65536];

    memset(rubbish, 0x5a, sizeof(rubbish));
    ck_assert_int_eq(pwrite(fd, rubbish, size, from), size);
    close(fd);
}

/* ---- Tests: the file ---- */

START_TEST(a_database_is_nobody_elses_business)
{
    set_cluster("abc");
    ck_assert_int_eq(mode_of(""), 0600);
    ck_assert_int_eq(mode_of("-wal"), 0600);
    ck_assert_int_eq(mode_of("-shm"), 0600);
}
END_TEST

START_TEST(a_file_that_is_no_database_is_refused)
{
    char *error;

    stop();
    unlink(path);
    scribble(0, 4096);
    ck_assert_ptr_null(open_file(&error));
    ck_assert_ptr_nonnull(strstr(error, "file is not a database"));
    ck_assert_ptr_nonnull(strstr(error, path));
    free(error);
}
END_TEST

START_TEST(a_damaged_database_is_said_to_be_damaged)
{
    char *error;

    set_cluster("abc");
    stop();
    scribble(100, 4000);            /* the first page, but not its header */
    ck_assert_ptr_null(open_file(&error));
    ck_assert_msg(strstr(error, "damaged") != NULL || strstr(error, "malformed") != NULL, "%s", error);
    free(error);
}
END_TEST

START_TEST(a_link_or_a_missing_folder_is_refused_with_the_path)
{
    char *error = NULL, link_path[160];

    snprintf(link_path, sizeof(link_path), "%s/link.db", folder);
    ck_assert_int_eq(symlink(path, link_path), 0);
    ck_assert_ptr_null(db_open(link_path, &log_, &error));
    ck_assert_ptr_nonnull(strstr(error, link_path));
    free(error);
    ck_assert_ptr_null(db_open("/nowhere/at/all.db", &log_, &error));
    ck_assert_str_eq(error, "cannot open /nowhere/at/all.db: No such file or directory");
    free(error);
}
END_TEST

/* ---- Tests: meta ---- */

START_TEST(a_database_of_another_service_is_refused)
{
    check_error("UPDATE meta SET service = 'order-svc'", "belongs to order-svc, this is payment-svc");
}
END_TEST

START_TEST(a_database_of_another_shard_is_refused)
{
    check_error("UPDATE meta SET shard = 1, shards = 3", "is shard 1 of 3, this is shard 0 of 1");
}
END_TEST

START_TEST(a_database_for_another_number_of_shards_is_refused)
{
    check_error("UPDATE meta SET shards = 2", "is shard 0 of 2, this is shard 0 of 1");
}
END_TEST

START_TEST(a_database_for_another_number_of_partitions_is_refused)
{
    check_error("UPDATE meta SET partitions = 13", "made for 13 partitions, PARTITIONS is 12");
}
END_TEST

START_TEST(a_database_of_a_newer_program_is_refused)
{
    char wanted[80];

    snprintf(wanted, sizeof(wanted), "schema version %d, this program knows %d", SCHEMA_VERSION + 1, SCHEMA_VERSION);
    check_error("UPDATE meta SET schema_version = schema_version + 1", wanted);
}
END_TEST

START_TEST(a_database_for_another_prefix_is_refused)
{
    check_error("UPDATE meta SET topic_prefix = 'test.'", "TOPIC_PREFIX=\"test.\", now it is \"\"");
}
END_TEST

START_TEST(a_database_without_its_meta_row_is_damaged)
{
    check_error("DELETE FROM meta", "damaged: its table meta is empty");
}
END_TEST

START_TEST(a_database_that_is_not_ours_is_refused_and_left_alone)
{
    sqlite3 *other;
    struct db *opened;
    char *error;

    stop();
    unlink(path);
    ck_assert_int_eq(sqlite3_open(path, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, "CREATE TABLE recipes (cake TEXT)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    opened = open_file(&error);
    ck_assert_ptr_null(opened);
    ck_assert_ptr_nonnull(strstr(error, "not one of ours"));
    free(error);
    opened = db_open(path, &log_, &error);
    ck_assert_int_eq(db_number(opened, "SELECT count(*) FROM sqlite_schema", NULL, 0), 1);
    db_close(opened);
}
END_TEST

START_TEST(a_schema_that_cannot_be_created_leaves_an_empty_file)
{
    struct db *opened;
    char *error = NULL;

    stop();
    unlink(path);
    opened = db_open(path, &log_, &error);
    ck_assert_int_eq(meta_open(opened, &ours, "CREATE TABLE oops (", &error), -1);
    ck_assert_ptr_nonnull(strstr(error, "cannot create the tables"));
    free(error);
    db_end_cause(opened);
    ck_assert_int_eq(db_number(opened, "SELECT count(*) FROM sqlite_schema", NULL, 7), 0);
    db_close(opened);
}
END_TEST

START_TEST(the_cluster_is_unknown_until_it_is_set_and_known_after_a_new_start)
{
    ck_assert_ptr_null(meta_cluster(db));
    set_cluster("abc");
    stop();
    start();
    ck_assert_str_eq(meta_cluster(db), "abc");
}
END_TEST

/* ---- Tests: the log ---- */

static off_t
size_of(const char *suffix)
{
    char name[160];
    struct stat status;

    snprintf(name, sizeof(name), "%s%s", path, suffix);
    return stat(name, &status) == 0 ? status.st_size : -1;
}

/* 8,000 pages are 32 MB; the log is used again from its beginning when all of it is in the database file. */
START_TEST(the_log_stays_at_32_MB_however_much_is_written)
{
    static const char sql[] =
        "INSERT INTO ledger (customer_id, kind, amount, at, cause) VALUES (hex(zeroblob(200000)), 'DEPOSIT', 1, 1, 'x')";
    off_t largest = 0;

    for (int i = 0; i < 170; i++) {
        group_cause_begin(group);
        db_run(db, sql, NULL);
        group_cause_end(group, true);
        ck_assert(group_commit(group));
        largest = size_of("-wal") > largest ? size_of("-wal") : largest;
    }
    ck_assert_int_gt(size_of(""), 40 << 20);
    ck_assert_int_gt(largest, 30 << 20);
    ck_assert_int_lt(largest, 35 << 20);
}
END_TEST

START_TEST(after_a_checkpoint_the_file_alone_has_everything)
{
    char copy[160], command[400];
    struct db *alone;
    char *error;

    cause_works();
    db_checkpoint(db);
    snprintf(copy, sizeof(copy), "%s/copy.db", folder);
    snprintf(command, sizeof(command), "cp %s %s", path, copy);
    ck_assert_int_eq(system(command), 0);
    alone = db_open(copy, &log_, &error);
    ck_assert_str_eq(meta_cluster(alone), "abc");
    db_close(alone);
}
END_TEST

/* The header of the emptied log is written by the next commit. */
START_TEST(an_emptied_log_is_begun_again)
{
    cause_works();
    ck_assert_int_gt(size_of("-wal"), 0);
    db_empty_log(db);
    ck_assert_int_eq(db_failure(db), DB_FINE);
    ck_assert_int_eq(size_of("-wal"), 0);
    cause_works();
    ck_assert_str_eq(meta_cluster(db), "abc");
}
END_TEST

/* Somebody reads with another connection: what it needs stays in the log, and nothing has failed. */
START_TEST(a_reader_keeps_the_log_from_being_emptied)
{
    sqlite3 *reader;

    cause_works();
    ck_assert_int_eq(sqlite3_open(path, &reader), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(reader, "BEGIN; SELECT * FROM meta", NULL, NULL, NULL), SQLITE_OK);
    cause_works();
    db_empty_log(db);
    ck_assert_int_eq(db_failure(db), DB_FINE);
    ck_assert_int_gt(size_of("-wal"), 0);
    sqlite3_close(reader);
}
END_TEST

/* ---- Tests: an unclean end ---- */

/* A test cannot cut the power: what SQLite was told decides, with 2 for FULL. */
START_TEST(a_commit_is_on_the_disk)
{
    ck_assert_int_eq(db_number(db, "PRAGMA synchronous", NULL, -1), 2);
}
END_TEST

START_TEST(a_database_is_in_use_until_it_is_said_not_to_be)
{
    ck_assert(!meta_is_in_use(db));
    meta_set_in_use(db, true);
    stop();
    start();
    ck_assert(meta_is_in_use(db));
    meta_set_in_use(db, false);
    stop();
    start();
    ck_assert(!meta_is_in_use(db));
}
END_TEST

/* Entries enough for several pages and more than one chunk of reading. */
static void
fill(void)
{
    static const char sql[] =
        "WITH n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        " INSERT INTO ledger (customer_id, kind, amount, at, cause) SELECT hex(randomblob(300)), 'DEPOSIT', 1, 1, i FROM n";

    ck_assert_int_eq(db_run(db, sql, NULL), 3000);
    stop();
    start();
}

START_TEST(a_whole_database_passes_the_check)
{
    char *error = NULL;

    fill();
    ck_assert_int_eq(quick_check(db, &clock, &error), 0);
    cause_works();
}
END_TEST

START_TEST(a_damaged_page_is_found_and_a_backup_asked_for)
{
    char *error = NULL;

    fill();
    stop();
    scribble(4096 * 300, 4096);
    start();                        /* nothing that is read at an opening is damaged */
    ck_assert_int_eq(quick_check(db, &clock, &error), -1);
    ck_assert_msg(strstr(error, "the database is damaged: ") == error && strstr(error, "restore a backup") != NULL, "%s",
                  error);
    free(error);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("database");
    TCase *tcase = tcase_create("database");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_database_is_nobody_elses_business);
    tcase_add_test(tcase, a_file_that_is_no_database_is_refused);
    tcase_add_test(tcase, a_damaged_database_is_said_to_be_damaged);
    tcase_add_test(tcase, a_link_or_a_missing_folder_is_refused_with_the_path);
    tcase_add_test(tcase, a_database_of_another_service_is_refused);
    tcase_add_test(tcase, a_database_of_another_shard_is_refused);
    tcase_add_test(tcase, a_database_for_another_number_of_shards_is_refused);
    tcase_add_test(tcase, a_database_for_another_number_of_partitions_is_refused);
    tcase_add_test(tcase, a_database_of_a_newer_program_is_refused);
    tcase_add_test(tcase, a_database_for_another_prefix_is_refused);
    tcase_add_test(tcase, a_database_without_its_meta_row_is_damaged);
    tcase_add_test(tcase, a_database_that_is_not_ours_is_refused_and_left_alone);
    tcase_add_test(tcase, a_schema_that_cannot_be_created_leaves_an_empty_file);
    tcase_add_test(tcase, the_cluster_is_unknown_until_it_is_set_and_known_after_a_new_start);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_log_stays_at_32_MB_however_much_is_written);
    tcase_add_test(tcase, after_a_checkpoint_the_file_alone_has_everything);
    tcase_add_test(tcase, a_commit_is_on_the_disk);
    tcase_add_test(tcase, an_emptied_log_is_begun_again);
    tcase_add_test(tcase, a_reader_keeps_the_log_from_being_emptied);
    tcase_add_test(tcase, a_database_is_in_use_until_it_is_said_not_to_be);
    tcase_add_test(tcase, a_whole_database_passes_the_check);
    tcase_add_test(tcase, a_damaged_page_is_found_and_a_backup_asked_for);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
