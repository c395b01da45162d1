/* The auditor reads databases as they are: at rest, in use, left behind by a kill, in memory. */
#include "audited.h"

#include <check.h>
#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int
files_in(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;

    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void
check_untouched(char paths[AUDITED][128], int64_t violations, const char *check)
{
    struct stat before[AUDITED], after;
    int files = files_in(audited.folder);
    struct answer answer;

    for (int i = 0; i < AUDITED; i++)
        stat(paths[i], &before[i]);
    audited_audit(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_msg(audited_finding(&answer, check)->violations == violations, "%s", answer.text);
    ck_assert_int_eq(files_in(audited.folder), files);
    for (int i = 0; i < AUDITED; i++) {
        stat(paths[i], &after);
        ck_assert_int_eq(after.st_size, before[i].st_size);
        ck_assert_int_eq(after.st_mtim.tv_nsec, before[i].st_mtim.tv_nsec);
    }
    audited_release(&answer);
}

START_TEST(a_database_in_wal_mode_that_nobody_uses_is_read_without_a_file_beside_it)
{
    char paths[AUDITED][128];

    audited_copy(paths, "stopped");
    for (int i = 0; i < AUDITED; i++)
        audited_change(paths[i], "PRAGMA journal_mode = WAL; CREATE TABLE other (a)");
    check_untouched(paths, 0, "identity");
}
END_TEST

/* What is committed but only in the write-ahead log counts; so does it when the writer was killed. */
START_TEST(a_database_in_use_is_read_as_it_is)
{
    char paths[AUDITED][128], killed[AUDITED][128], command[512];
    sqlite3 *writers[AUDITED];

    audited_copy(paths, "in-use");
    for (int i = 0; i < AUDITED; i++) {
        ck_assert_int_eq(sqlite3_open(paths[i], &writers[i]), SQLITE_OK);
        ck_assert_int_eq(sqlite3_exec(writers[i], "PRAGMA journal_mode = WAL; UPDATE meta SET shards = 2", NULL, NULL,
                                      NULL), SQLITE_OK);
    }
    ck_assert_int_eq(sqlite3_exec(writers[AUDIT_ORDER], "UPDATE orders SET version = version + 1", NULL, NULL, NULL),
                     SQLITE_OK);
    check_untouched(paths, 9, "adds-up");
    for (int i = 0; i < AUDITED; i++) {
        snprintf(killed[i], sizeof(killed[i]), "%s/killed-%s.db", audited.folder, audited_name((enum audited)i));
        snprintf(command, sizeof(command), "for e in '' -wal -shm; do cp %s$e %s$e; done", paths[i], killed[i]);
        ck_assert_int_eq(system(command), 0);
        sqlite3_close(writers[i]);
    }
    check_untouched(killed, 9, "adds-up");
}
END_TEST

START_TEST(open_databases_in_memory_can_be_audited)
{
    struct audit *audit = audit_new();
    sqlite3 *sqlite[AUDITED], *file;
    struct answer answer;
    char *error = NULL;

    for (int i = 0; i < AUDITED; i++) {
        sqlite3_backup *backup;

        sqlite3_open(":memory:", &sqlite[i]);
        sqlite3_open(audited.clean[i], &file);
        backup = sqlite3_backup_init(sqlite[i], "main", file, "main");
        sqlite3_backup_step(backup, -1);
        ck_assert_int_eq(sqlite3_backup_finish(backup), SQLITE_OK);
        sqlite3_close(file);
    }
    sqlite3_exec(sqlite[AUDIT_PAYMENT], "UPDATE account SET balance = 7", NULL, NULL, NULL);
    for (int i = 0; i < AUDITED; i++)
        ck_assert_msg(audit_copy(audit, (enum audited)i, sqlite[i], &error) == 0, "%s", error);
    audited_judge(audit, QUIET | EVENTS, &answer);
    ck_assert_int_eq(answer.violations, 2);
    ck_assert_int_eq(audited_finding(&answer, "balance")->violations, 2);
    for (int i = 0; i < AUDITED; i++)
        sqlite3_close(sqlite[i]);
    audited_release(&answer);
}
END_TEST

START_TEST(what_cannot_be_read_is_named_with_the_reason)
{
    struct audit *audit = audit_new();
    char path[128], *error = NULL;

    snprintf(path, sizeof(path), "%s/nothing.db", audited.folder);
    ck_assert_int_eq(audit_attach(audit, AUDIT_ORDER, path, &error), -1);
    ck_assert_ptr_nonnull(strstr(error, path));
    ck_assert_ptr_nonnull(strstr(error, "No such file"));
    free(error);
    audited_write(path, "this is a text, long enough to be taken for a database by its size if by nothing else at all\n");
    audit_free(audit);
    audit = audit_new();
    ck_assert_int_eq(audit_attach(audit, AUDIT_ORDER, path, &error), -1);
    ck_assert_ptr_nonnull(strstr(error, "not a database"));
    free(error);
    audited_write(path, "acknowledged a b c\n\n# a comment\nperhaps a b c\n");
    ck_assert_int_eq(audit_history(audit, path, &error), -1);
    ck_assert_ptr_nonnull(strstr(error, "nothing.db:4: expected acknowledged, refused or unknown"));
    free(error);
    audit_free(audit);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("audit: files");
    TCase *tcase = tcase_create("audit: files");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_unchecked_fixture(tcase, audited_set_up, audited_tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_database_in_wal_mode_that_nobody_uses_is_read_without_a_file_beside_it);
    tcase_add_test(tcase, a_database_in_use_is_read_as_it_is);
    tcase_add_test(tcase, open_databases_in_memory_can_be_audited);
    tcase_add_test(tcase, what_cannot_be_read_is_named_with_the_reason);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
