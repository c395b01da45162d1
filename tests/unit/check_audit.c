/* The auditor: nothing is found in a sound set, what explains is not held against anybody, files are read as they are. What
 * it finds is in check_audit_corpus.c. */
#include "audited.h"

#include "../../common/store/db.h"
#include "../audit/timeline.h"

#include <check.h>
#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Tests ---- */

START_TEST(a_sound_set_passes_every_check_and_no_check_looked_at_nothing)
{
    struct answer answer;

    audited_audit(audited.clean, QUIET | EVENTS | HISTORY | RECORDS, audited.history, &answer);
    ck_assert_msg(answer.violations == 0, "%s", answer.text);
    for (int i = 0; i < answer.report.count; i++)
        ck_assert_msg(answer.report.findings[i].examined > 0, "%s", answer.report.checked[i]->name);
    ck_assert_ptr_nonnull(strstr(answer.text, "AUDIT CLEAN orders=9 payments=9 "));
    audited_release(&answer);
}
END_TEST

START_TEST(an_order_under_way_is_no_violation_while_the_services_are_at_work)
{
    struct choreography c;
    char paths[AUDITED][128];
    struct answer live, quiet;

    choreography_open(&c);
    open_account(&c, "alice", "EUR", 100000);
    place_order(&c, "alice");
    relay(&c);
    run_only(&c, PAYMENT_SVC, PAYMENT_SVC);     /* charged, and order-svc does not know */
    place_order(&c, "alice");                   /* in the outbox */
    audited_files(&c, paths, "under-way");
    choreography_close(&c);
    audited_audit(paths, EVENTS, NULL, &live);
    ck_assert_msg(live.violations == 0, "%s", live.text);
    audited_audit(paths, QUIET | EVENTS, NULL, &quiet);
    ck_assert_int_eq(audited_finding(&quiet, "one-end")->violations, 2);
    ck_assert_int_eq(audited_finding(&quiet, "agreement")->violations, 1);
    ck_assert_int_eq(audited_finding(&quiet, "paid-for")->violations, 1);
    ck_assert_int_eq(audited_finding(&quiet, "sent")->violations, 1);
    audited_release(&live);
    audited_release(&quiet);
}
END_TEST

/* payment.completed was set aside: the order stays CREATED, and that is explained; a doubled charge would not be. */
START_TEST(an_open_dead_letter_excuses_its_order_from_completeness_and_from_nothing_else)
{
    struct choreography c;
    char paths[AUDITED][128];
    struct answer answer;
    const char *order_id, *letter;

    choreography_open(&c);
    open_account(&c, "alice", "EUR", 100000);
    set_aside(&c, ORDER_SVC, PAYMENT_COMPLETED);
    order_id = place_order(&c, "alice");
    run_until_quiet(&c);
    letter = arena_format(&c.arena, "INSERT INTO dead_letter (reason, message, cluster, topic, partition, record_offset,"
                          " record_time, event_id, type, key, received_at) VALUES ('malformed_payment', '', '', 'payments',"
                          " 1, 1, 1, '%s', 'payment.completed', CAST('%s' AS BLOB), 1)", said(&c, order_id, PAYMENT_COMPLETED)->id, order_id);
    ck_assert_int_eq(db_script(c.cores[ORDER_SVC].db, letter), 0);
    audited_files(&c, paths, "dead-letter");
    audited_audit(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_msg(answer.violations == 0, "%s", answer.text);
    ck_assert_int_eq(audited_finding(&answer, "one-end")->excused, 1);
    ck_assert_ptr_nonnull(strstr(answer.text, arena_format(&c.arena, "excused: order %s", order_id)));
    ck_assert_ptr_nonnull(strstr(answer.text, "dead_letters_open=1"));
    audited_change(paths[AUDIT_PAYMENT], "UPDATE ledger SET amount = amount - 1 WHERE kind = 'CHARGE'");
    audited_release(&answer);
    audited_audit(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_int_eq(audited_finding(&answer, "charge")->violations, 1);
    choreography_close(&c);
    audited_release(&answer);
}
END_TEST

START_TEST(what_pruned_events_would_decide_is_counted_and_held_against_nobody)
{
    char paths[AUDITED][128];
    struct answer answer;

    audited_copy(paths, "pruned");
    for (int i = 0; i < AUDITED; i++)
        audited_change(paths[i], "DELETE FROM outbox WHERE seq <= (SELECT max(seq) FROM outbox) / 2");
    audited_audit(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_msg(answer.violations == 0, "%s", answer.text);
    ck_assert_int_gt(audited_finding(&answer, "step-cause")->undecidable, 0);
    ck_assert_int_gt(audited_finding(&answer, "said")->undecidable, 0);
    ck_assert_ptr_nonnull(strstr(answer.text, "order-svc has pruned its outbox"));
    audited_change(paths[AUDIT_NOTIFY], "INSERT INTO processed_event"
                " VALUES ('f1890a5d-ac96-774b-bcce-b302099a8058', 'DONE', 1)");
    audited_release(&answer);
    audited_audit(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_int_eq(audited_finding(&answer, "heard-truly")->violations, 1);      /* said after what was pruned: invented */
    audited_release(&answer);
}
END_TEST

/* Then there are as many events as processed ones, and still one of them was not heard. */
START_TEST(a_pruned_event_does_not_hide_a_lost_one)
{
    char paths[AUDITED][128];
    struct answer answer;

    audited_copy(paths, "one-for-one");
    audited_change(paths[AUDIT_ORDER], "DELETE FROM outbox WHERE seq = 1");
    audited_change(paths[AUDIT_PAYMENT], "DELETE FROM processed_event"
                " WHERE event_id = (SELECT max(event_id) FROM processed_event)");
    audited_audit(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_int_eq(audited_finding(&answer, "heard")->violations, 1);
    audited_release(&answer);
}
END_TEST

/* Retention of processed events and of answers: the first ones are gone, and it is noted up to when. */
START_TEST(what_retention_has_deleted_is_not_held_against_anybody)
{
    static const char forget[] =
        "INSERT INTO forgotten SELECT 'processed_event', min(processed_at) + 1 FROM processed_event;"
        "DELETE FROM processed_event WHERE processed_at < (SELECT until FROM forgotten)";
    char paths[AUDITED][128];
    struct answer answer;

    audited_copy(paths, "deleted");
    audited_change(paths[AUDIT_PAYMENT], forget);
    audited_change(paths[AUDIT_NOTIFY], forget);
    audited_change(paths[AUDIT_ORDER], "INSERT INTO forgotten SELECT 'idempotency_key', max(stored_at) + 1 FROM idempotency_key;"
                                    "DELETE FROM idempotency_key");
    audited_audit(paths, QUIET | EVENTS | HISTORY, audited.history, &answer);
    ck_assert_msg(answer.violations == 0, "%s", answer.text);
    ck_assert_int_gt(audited_finding(&answer, "heard")->undecidable, 0);
    ck_assert_int_eq(audited_finding(&answer, "one-per-key")->undecidable, 1);
    ck_assert_ptr_nonnull(strstr(answer.text, "payment-svc has pruned its processed_event"));
    audited_release(&answer);
    audited_change(paths[AUDIT_PAYMENT], "DELETE FROM processed_event");       /* those that are not that old, too */
    audited_audit(paths, QUIET | EVENTS | HISTORY, audited.history, &answer);
    ck_assert_int_gt(audited_finding(&answer, "heard")->violations, 0);
    audited_release(&answer);
}
END_TEST

START_TEST(two_audits_share_the_checks_without_leaving_one_out)
{
    struct answer whole;
    struct report halves[2];
    struct audit *audits[2] = { audited_attach(audited.clean), audited_attach(audited.clean) };
    const unsigned parts[2] = { 0, EVENTS };
    char *error = NULL;

    audited_audit(audited.clean, QUIET | EVENTS, NULL, &whole);
    for (int i = 0; i < 2; i++) {
        struct audit_listener listener = report_listener(&halves[i]);

        report_init(&halves[i], false);
        ck_assert_int_eq(audit_run(audits[i], QUIET | parts[i], parts[i], &listener, &error), 0);
        audit_free(audits[i]);
        report_release(&halves[i]);
    }
    ck_assert_int_eq(halves[0].count + halves[1].count, whole.report.count);
    ck_assert_int_gt(halves[0].count, 0);
    ck_assert_int_gt(halves[1].count, 0);
    audited_release(&whole);
}
END_TEST

/* ---- files ---- */

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

START_TEST(a_violation_comes_with_the_timeline_of_its_order)
{
    char paths[AUDITED][128];
    struct answer answer;
    const char *line;

    audited_copy(paths, "timeline");
    audited_change(paths[AUDIT_PAYMENT], "UPDATE relay_cursor SET seq = seq - 1");
    audited_audit(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_int_eq(answer.violations, 1);
    line = strstr(answer.text, "      sent: ");
    ck_assert_ptr_nonnull(line);
    ck_assert_ptr_nonnull(strstr(line, "payment.voided waits in the outbox of payment-svc\n        00:"));
    ck_assert_ptr_nonnull(strstr(line, "order-svc    becomes CREATED                       request\n"));
    ck_assert_ptr_nonnull(strstr(line, "order-svc    becomes CANCELLED expired             timer:expiry\n"));
    ck_assert_ptr_nonnull(strstr(line, "      > 00:15:02.066  payment-svc  says payment.voided                   order.cancelled\n"));
    ck_assert_ptr_nonnull(strstr(line, "order-svc    CANCELLED, closed                     payment.voided\n"));
    audited_release(&answer);
}
END_TEST

START_TEST(what_a_broker_has_forgotten_is_counted_and_held_against_nobody)
{
    struct audit *audit = audited_attach(audited.clean);
    struct answer answer;

    audited_tell_records(audit, "array", 1);
    audited_judge(audit, EVENTS | RECORDS, &answer);
    ck_assert_msg(answer.violations == 0, "%s", answer.text);
    ck_assert_int_gt(audited_finding(&answer, "published")->undecidable, 0);
    ck_assert_ptr_nonnull(strstr(answer.text, "note  orders has forgotten "));
    audited_release(&answer);
}
END_TEST

START_TEST(a_broker_that_services_have_not_spoken_to_need_not_have_anything)
{
    struct audit *audit = audited_attach(audited.clean);
    struct answer answer;

    audited_tell_records(audit, "another", 100);
    audited_judge(audit, EVENTS | RECORDS, &answer);
    ck_assert_msg(answer.violations == 0, "%s", answer.text);
    ck_assert_int_eq(audited_finding(&answer, "published")->undecidable, audited.record_count);
    ck_assert_ptr_nonnull(strstr(answer.text, "note  payment-svc has not begun to speak to this broker"));
    audited_release(&answer);
}
END_TEST

/* An order that was noticed again and again: twenty lines around the one that is wrong. */
START_TEST(a_long_timeline_is_cut_around_its_mark)
{
    static const char lengthen[] =
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 50)"
        "INSERT INTO order_history (order_id, at, what, status, detail, cause)"
        " SELECT order_id, at + n, iif(n = 25, 'request', what), status, detail, cause FROM n, order_history"
        "  WHERE seq = (SELECT min(seq) FROM order_history WHERE what GLOB 'notification.*')";
    char paths[AUDITED][128];
    struct answer answer;
    const char *line, *end;
    int lines = 0;

    audited_copy(paths, "long");
    audited_change(paths[AUDIT_ORDER], lengthen);
    audited_audit(paths, EVENTS, NULL, &answer);
    line = strstr(answer.text, "      moves: ");
    ck_assert_ptr_nonnull(line);
    end = strstr(line, " lines after\n");
    ck_assert_ptr_nonnull(strstr(line, " lines before\n"));
    ck_assert_ptr_nonnull(end);
    ck_assert_ptr_nonnull(strstr(line, "      > 00:"));
    ck_assert_ptr_eq(strstr(line, " lines after\n"), end);
    for (const char *c = line; c < end; c++)
        lines += *c == '\n';
    ck_assert_int_eq(lines, TIMELINE_LINES + 2);        /* the violation and what is left out before */
    audited_release(&answer);
}
END_TEST

START_TEST(money_of_orders_that_are_not_over_is_named_with_its_currency)
{
    char paths[AUDITED][128];
    struct answer answer;

    audited_copy(paths, "held");
    audited_change(paths[AUDIT_ORDER], "UPDATE orders SET closed_at = NULL WHERE amount = 300 AND status = 'PAID'");
    audited_audit(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_ptr_nonnull(strstr(answer.text, "held  300 EUR (minor units) of 1 orders that are PAID and not closed"));
    ck_assert_ptr_nonnull(strstr(answer.text, " orders_with_money_held=1"));
    audited_release(&answer);
}
END_TEST

START_TEST(scripts_get_json)
{
    char paths[AUDITED][128], *text = NULL;
    struct report report;
    struct audit_listener listener = report_listener(&report);
    struct audit *audit;
    char *error = NULL;
    sqlite3 *sqlite;
    sqlite3_stmt *stmt;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    audited_copy(paths, "json");
    audited_change(paths[AUDIT_PAYMENT], "UPDATE account SET balance = balance + 1, customer_id = 'a \"b\\' WHERE customer_id = 'bob'");
    audit = audited_attach(paths);
    report_init(&report, false);
    ck_assert_int_gt(audit_run(audit, QUIET | EVENTS, 0, &listener, &error), 0);
    findings_print_json(&(struct findings){ &report, 1, &audit, 1 }, out);
    fclose(out);
    sqlite3_open(":memory:", &sqlite);
    sqlite3_prepare_v2(sqlite, "SELECT json_valid(?1) AND json_extract(?1, '$.verdict') = 'failed'"
                       " AND json_extract(?1, '$.orders') = 9 AND json_array_length(?1, '$.checks') > 30"
                       " AND json_extract(?1, '$.found[0].what') LIKE '%a \"b\\%'", -1, &stmt, NULL);
    sqlite3_bind_text(stmt, 1, text, -1, SQLITE_STATIC);
    ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
    ck_assert_msg(sqlite3_column_int(stmt, 0) == 1, "%s", text);
    sqlite3_finalize(stmt);
    sqlite3_close(sqlite);
    report_release(&report);
    audit_free(audit);
    free(text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("audit");
    TCase *tcase = tcase_create("audit");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_unchecked_fixture(tcase, audited_set_up, audited_tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_sound_set_passes_every_check_and_no_check_looked_at_nothing);
    tcase_add_test(tcase, an_order_under_way_is_no_violation_while_the_services_are_at_work);
    tcase_add_test(tcase, an_open_dead_letter_excuses_its_order_from_completeness_and_from_nothing_else);
    tcase_add_test(tcase, what_pruned_events_would_decide_is_counted_and_held_against_nobody);
    tcase_add_test(tcase, a_pruned_event_does_not_hide_a_lost_one);
    tcase_add_test(tcase, what_retention_has_deleted_is_not_held_against_anybody);
    tcase_add_test(tcase, two_audits_share_the_checks_without_leaving_one_out);
    tcase_add_test(tcase, a_database_in_wal_mode_that_nobody_uses_is_read_without_a_file_beside_it);
    tcase_add_test(tcase, a_database_in_use_is_read_as_it_is);
    tcase_add_test(tcase, open_databases_in_memory_can_be_audited);
    tcase_add_test(tcase, what_cannot_be_read_is_named_with_the_reason);
    tcase_add_test(tcase, a_violation_comes_with_the_timeline_of_its_order);
    tcase_add_test(tcase, what_a_broker_has_forgotten_is_counted_and_held_against_nobody);
    tcase_add_test(tcase, a_broker_that_services_have_not_spoken_to_need_not_have_anything);
    tcase_add_test(tcase, a_long_timeline_is_cut_around_its_mark);
    tcase_add_test(tcase, money_of_orders_that_are_not_over_is_named_with_its_currency);
    tcase_add_test(tcase, scripts_get_json);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
