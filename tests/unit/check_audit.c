/* The auditor finds nothing in a sound set, and what explains is not held against anybody. What it finds is in
 * check_audit_corpus.c. */
#include "audited.h"

#include "../../common/store/db.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

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
    tcase_add_test(tcase, what_a_broker_has_forgotten_is_counted_and_held_against_nobody);
    tcase_add_test(tcase, a_broker_that_services_have_not_spoken_to_need_not_have_anything);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
