/* Backups: made while turns go on, whole, private, and never in the place of something else. */
#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/store/backup.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/meta.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const char payment_schema[];

enum { ROWS_BEFORE = 2000 };        /* 3 KB each: several steps */

/* ---- Fixture ---- */

static const struct meta ours = { "payment-svc", 0, 1, 12, "" };

static char folder[64], path[128], copy[128];
static struct clock clock;
static struct log log_;
static struct db *db;
static struct group_commit *group;
static struct backup *backup;
static int rows;

static struct db *
open_database(const char *name)
{
    char *error = NULL;
    struct db *opened = db_open(name, &log_, &error);

    ck_assert_msg(opened != NULL && meta_open(opened, &ours, payment_schema, &error) == 0, "%s", error);
    return opened;
}

static void
add(int count)
{
    static const char sql[] = "INSERT INTO ledger (customer_id, kind, amount, at, cause)"
                              " VALUES (hex(randomblob(1500)), 'DEPOSIT', 1, :at, 'x')";

    group_cause_begin(group);
    for (int i = 0; i < count; i++)
        db_run(db, sql, FIELDS(INT("at", rows++)));
    group_cause_end(group, true);
}

static void
set_up(void)
{
    strcpy(folder, "/tmp/check_backup.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/test.db", folder);
    snprintf(copy, sizeof(copy), "%s/copy.db", folder);
    clock = clock_manual(1000);
    log_ = (struct log){ .service = "test", .clock = &clock, .fd = -1 };
    db = open_database(path);
    db_context(db)->shard = (struct shard){ 0, 1, 12 };
    group = group_new(db, &clock);
    rows = 0;
    backup = NULL;
    add(ROWS_BEFORE);
    ck_assert(group_commit(group));
}

static void
tear_down(void)
{
    struct dirent *entry;
    DIR *directory;

    backup_free(backup);
    group_free(group);
    db_close(db);
    directory = opendir(folder);
    while ((entry = readdir(directory)) != NULL)
        unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(folder);
}

/* ---- Helpers ---- */

static void
begin(void)
{
    char *error = NULL;

    backup = backup_new(db, copy, &error);
    ck_assert_msg(backup != NULL, "%s", error);
}

static enum backup_state
step(void)
{
    char *error = NULL;
    enum backup_state state = backup_step(backup, &error);

    ck_assert_msg(state != BACKUP_FAILED, "%s", error);
    return state;
}

/* To its end; answers the steps. */
static int
finish(void)
{
    int steps = 1;

    while (step() == BACKUP_GOES_ON)
        ck_assert_int_lt(steps++, 100);
    return steps;
}

static bool
is_there(const char *name)
{
    return access(name, F_OK) == 0;
}

static bool
partial_is_there(void)
{
    char name[160];

    snprintf(name, sizeof(name), "%s.partial", copy);
    return is_there(name);
}

/* Opens the copy as a service does, and checks that it is whole and holds exactly the first rows. */
static void
check_copy(int wanted)
{
    struct db *opened = open_database(copy);

    ck_assert_str_eq(db_text(opened, "PRAGMA integrity_check", NULL), "ok");
    ck_assert_int_eq(db_number(opened, "SELECT count(*) FROM ledger", NULL, -1), wanted);
    ck_assert_int_eq(db_number(opened, "SELECT max(at) FROM ledger", NULL, -1), wanted - 1);
    db_close(opened);
}

/* ---- Tests ---- */

START_TEST(a_backup_is_made_in_small_steps_and_holds_everything)
{
    begin();
    ck_assert_int_gt(finish(), 5);
    ck_assert_int_eq(backup_percent(backup), 100);
    check_copy(ROWS_BEFORE);
}
END_TEST

START_TEST(turns_go_on_between_the_steps_and_are_in_it)
{
    begin();
    do {
        add(10);
        ck_assert(group_commit(group));
    } while (step() == BACKUP_GOES_ON);
    ck_assert_int_gt(rows, ROWS_BEFORE + 20);
    check_copy(rows);
}
END_TEST

START_TEST(in_an_open_turn_a_step_does_nothing)
{
    begin();
    step();
    add(10);
    for (int i = 0; i < 50; i++)
        ck_assert_int_eq(step(), BACKUP_GOES_ON);
    ck_assert(group_commit(group));
    finish();
    check_copy(rows);
}
END_TEST

START_TEST(a_turn_that_is_undone_is_not_in_it)
{
    begin();
    step();
    add(10);
    group_abort(group);
    rows -= 10;
    step();
    add(10);
    ck_assert(group_commit(group));
    finish();
    check_copy(rows);
}
END_TEST

START_TEST(its_name_appears_when_it_is_complete_and_it_is_private)
{
    struct stat status;

    begin();
    step();
    ck_assert(!is_there(copy) && partial_is_there());
    finish();
    ck_assert(is_there(copy) && !partial_is_there());
    ck_assert_int_eq(stat(copy, &status), 0);
    ck_assert_int_eq(status.st_mode & 07777, 0600);
}
END_TEST

START_TEST(one_that_is_given_up_leaves_nothing)
{
    begin();
    step();
    backup_free(backup);
    backup = NULL;
    ck_assert(!is_there(copy) && !partial_is_there());
    add(1);
    ck_assert(group_commit(group));
}
END_TEST

START_TEST(nothing_is_ever_overwritten)
{
    char *error = NULL;
    FILE *file = fopen(copy, "w");

    fclose(file);
    ck_assert_ptr_null(backup_new(db, copy, &error));
    ck_assert_msg(strstr(error, "is there already: choose another name") != NULL, "%s", error);
    free(error);
    unlink(copy);
    begin();
    file = fopen(copy, "w");                        /* somebody was faster */
    fputs("theirs", file);
    fclose(file);
    while (backup_step(backup, &error) == BACKUP_GOES_ON)
        ;
    ck_assert_msg(strstr(error, "cannot finish the backup") != NULL && strstr(error, "exists") != NULL, "%s", error);
    free(error);
    backup_free(backup);
    backup = NULL;
    ck_assert(!partial_is_there());
    file = fopen(copy, "r");
    ck_assert_int_eq(fgetc(file), 't');
    fclose(file);
}
END_TEST

START_TEST(two_at_a_time_into_the_same_file_are_refused)
{
    char *error = NULL;

    begin();
    ck_assert_ptr_null(backup_new(db, copy, &error));
    ck_assert_msg(strstr(error, "another backup is writing it, or one was interrupted") != NULL, "%s", error);
    free(error);
    finish();
    check_copy(ROWS_BEFORE);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_named)
{
    char *error = NULL;

    ck_assert_ptr_null(backup_new(db, "/nowhere/at/all.db", &error));
    ck_assert_str_eq(error, "cannot create /nowhere/at/all.db.partial: No such file or directory");
    free(error);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("backup");
    TCase *tcase = tcase_create("backup");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_backup_is_made_in_small_steps_and_holds_everything);
    tcase_add_test(tcase, turns_go_on_between_the_steps_and_are_in_it);
    tcase_add_test(tcase, in_an_open_turn_a_step_does_nothing);
    tcase_add_test(tcase, a_turn_that_is_undone_is_not_in_it);
    tcase_add_test(tcase, its_name_appears_when_it_is_complete_and_it_is_private);
    tcase_add_test(tcase, one_that_is_given_up_leaves_nothing);
    tcase_add_test(tcase, nothing_is_ever_overwritten);
    tcase_add_test(tcase, two_at_a_time_into_the_same_file_are_refused);
    tcase_add_test(tcase, a_folder_that_is_not_there_is_named);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
