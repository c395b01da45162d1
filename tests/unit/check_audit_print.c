/* What the auditor shows: timelines, what is open, JSON. */
#include "audited.h"

#include "../audit/timeline.h"

#include <check.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

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
    Suite *suite = suite_create("audit: print");
    TCase *tcase = tcase_create("audit: print");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_unchecked_fixture(tcase, audited_set_up, audited_tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_violation_comes_with_the_timeline_of_its_order);
    tcase_add_test(tcase, a_long_timeline_is_cut_around_its_mark);
    tcase_add_test(tcase, money_of_orders_that_are_not_over_is_named_with_its_currency);
    tcase_add_test(tcase, scripts_get_json);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
