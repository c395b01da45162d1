/* What the state tables do not show: orders nobody knows, data nobody can read, and when an order expires. */
#include "choreography.h"

#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"

#include <check.h>
#include <string.h>

/* ---- Fixture ---- */

static struct choreography c;

static void
set_up(void)
{
    choreography_open(&c);
}

static void
tear_down(void)
{
    choreography_close(&c);
}

/* ---- Helpers ---- */

static const char unknown[] = "01890a5d-ac96-774b-bcce-b302099a8057";

static void
check_refused(enum member at, enum envelope_type type, const char *data, const char *code)
{
    struct envelope in = event_about(&c, type, unknown, data);
    int64_t rows = rows_in(&c, at);
    struct result result = deliver(&c, at, &in);

    ck_assert_int_eq(result.how, UNDONE_REFUSED);
    ck_assert_str_eq(result.code, code);
    ck_assert_int_eq(rows_in(&c, at), rows);
}

static struct result
expiry_at(int partition, int64_t at_ms)
{
    struct envelope in = { .id = new_id(&c, "timer:expiry:"), .partition = partition, .received_at = at_ms };
    struct result result = core_timer(&c.cores[ORDER_SVC], c.cores[ORDER_SVC].service->timers, &in);

    ck_assert(group_commit(c.cores[ORDER_SVC].group));
    return result;
}

static bool
due_at(int partition, int64_t at_ms)
{
    return c.cores[ORDER_SVC].service->timers->due(c.cores[ORDER_SVC].db, partition, at_ms);
}

static const char *
status(void)
{
    return text_of(&c, ORDER_SVC, "SELECT status FROM orders", NULL);
}

/* ---- Tests: orders nobody knows ---- */

START_TEST(order_svc_refuses_whatever_concerns_an_unknown_order)
{
    check_refused(ORDER_SVC, PAYMENT_COMPLETED, "{}", "unknown_order");
    check_refused(ORDER_SVC, PAYMENT_DECLINED, "{\"reason\":\"expired\"}", "unknown_order");
    check_refused(ORDER_SVC, PAYMENT_REFUNDED, "{}", "unknown_order");
    check_refused(ORDER_SVC, PAYMENT_VOIDED, "{}", "unknown_order");
    check_refused(ORDER_SVC, NOTIFICATION_SENT, "{\"kind\":\"paid\"}", "unknown_order");
    check_refused(ORDER_SVC, NOTIFICATION_FAILED, "{\"kind\":\"paid\"}", "unknown_order");
}
END_TEST

START_TEST(an_unknown_order_is_never_compensated)
{
    struct envelope completed = event_about(&c, PAYMENT_COMPLETED, unknown, "{}");
    struct envelope created = event_about(&c, ORDER_CREATED, unknown, "{}");

    ck_assert_int_eq(give_up(&c, ORDER_SVC, &completed).how, HANDLED_BEFORE);
    ck_assert_int_eq(core_if_refused(&c.cores[ORDER_SVC], &created, NOTHING_ELSE).how, HANDLED_BEFORE);
    ck_assert(group_commit(c.cores[ORDER_SVC].group));
    ck_assert_int_eq(rows_in(&c, ORDER_SVC), 0);
}
END_TEST

START_TEST(an_event_that_no_row_lists_is_skipped_and_leaves_no_trace)
{
    struct envelope foreign = event_about(&c, ORDER_PAID, unknown, "{}"), of_tomorrow = foreign;

    of_tomorrow.type = NO_TYPE;
    for (int i = 0; i < MEMBERS; i++)
        ck_assert_int_eq(deliver(&c, (enum member)i, &of_tomorrow).how, SKIPPED);
    ck_assert_int_eq(deliver(&c, PAYMENT_SVC, &foreign).how, SKIPPED);
    ck_assert_int_eq(give_up(&c, PAYMENT_SVC, &of_tomorrow).how, SKIPPED);
    ck_assert_int_eq(core_if_refused(&c.cores[ORDER_SVC], &foreign, NOTHING_ELSE).how, SKIPPED);
    ck_assert_int_eq(rows_in(&c, PAYMENT_SVC), 0);
}
END_TEST

START_TEST(only_order_created_and_payment_completed_and_the_news_are_given_up)
{
    static const enum envelope_type never[MEMBERS][5] = {
        { PAYMENT_DECLINED, PAYMENT_REFUNDED, PAYMENT_VOIDED, NOTIFICATION_SENT, NOTIFICATION_FAILED },
        { ORDER_CANCELLED },
        { NO_TYPE },
    };

    for (int i = 0; i < MEMBERS; i++)
        for (int j = 0; j < 5 && never[i][j] != NO_TYPE; j++) {
            struct envelope in = event_about(&c, never[i][j], unknown, "{}");

            ck_assert_int_eq(give_up(&c, (enum member)i, &in).how, SKIPPED);
        }
}
END_TEST

START_TEST(giving_up_changes_only_what_still_waits)
{
    struct envelope completed, created;

    open_account(&c, "alice", "EUR", 10000);
    place_order(&c, "alice");
    run_until_quiet(&c);
    completed = *said(&c, text_of(&c, ORDER_SVC, "SELECT order_id FROM orders", NULL), PAYMENT_COMPLETED);
    created = *said(&c, completed.subject, ORDER_CREATED);
    ck_assert_int_eq(give_up(&c, ORDER_SVC, &completed).how, HANDLED_BEFORE);
    ck_assert_int_eq(give_up(&c, PAYMENT_SVC, &created).how, HANDLED_BEFORE);
    ck_assert_str_eq(status(), "PAID");
    ck_assert_int_eq(relay(&c), 0);
}
END_TEST

START_TEST(each_event_of_an_order_has_the_next_sequence)
{
    const char *order_id;

    open_account(&c, "alice", "EUR", 10000);
    order_id = place_order(&c, "alice");
    run_until_quiet(&c);
    cancel_order(&c, order_id);
    run_until_quiet(&c);
    ck_assert_int_eq(said(&c, order_id, ORDER_CREATED)->sequence, 1);
    ck_assert_int_eq(said(&c, order_id, ORDER_PAID)->sequence, 2);
    ck_assert_int_eq(said(&c, order_id, ORDER_CANCELLED)->sequence, 3);
    ck_assert_int_eq(said(&c, order_id, PAYMENT_COMPLETED)->sequence, 1);
    ck_assert_int_eq(said(&c, order_id, PAYMENT_REFUNDED)->sequence, 2);
}
END_TEST

/* ---- Tests: data nobody can read ---- */

START_TEST(malformed_events_are_refused_and_leave_no_trace)
{
    static const char *const malformed[] = {
        "", "{", "[]", "null", "{}",
        "{\"customer_id\":\"alice\",\"currency\":\"EUR\",\"amount\":0,\"pay_by\":\"2026-01-01T00:15:00.000Z\"}",
        "{\"customer_id\":\"alice\",\"currency\":\"EUR\",\"amount\":1,\"pay_by\":\"tomorrow\"}",
        "{\"customer_id\":\"alice\",\"currency\":\"EUR\",\"amount\":1,\"pay_by\":\"2026-13-41T00:15:00.000Z\"}",
    };

    open_account(&c, "alice", "EUR", 10000);
    place_order(&c, "alice");
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        check_refused(PAYMENT_SVC, ORDER_CREATED, malformed[i], "malformed_order");
        check_refused(ORDER_SVC, PAYMENT_DECLINED, malformed[i], "malformed_payment");
        check_refused(ORDER_SVC, NOTIFICATION_SENT, malformed[i], "malformed_notification");
        if (i < 5)
            check_refused(NOTIFY_SVC, ORDER_PAID, malformed[i], "malformed_event");
    }
}
END_TEST

START_TEST(unknown_fields_are_accepted)
{
    struct envelope in =
        event_about(&c, ORDER_PAID, unknown, "{\"customer_id\":\"alice\",\"loyalty\":{\"points\":[7]}}");

    ck_assert_int_eq(deliver(&c, NOTIFY_SVC, &in).how, HANDLED);
}
END_TEST

START_TEST(a_malformed_cancellation_is_voided_all_the_same)
{
    struct envelope in = event_about(&c, ORDER_CANCELLED, unknown, "{\"customer_id\":7}");

    ck_assert_int_eq(deliver(&c, PAYMENT_SVC, &in).how, HANDLED);
    ck_assert_str_eq(text_of(&c, PAYMENT_SVC, "SELECT status FROM payment", NULL), "VOIDED");
}
END_TEST

START_TEST(a_notification_of_a_kind_that_is_none_is_refused)
{
    const char *order_id;
    struct envelope in;

    open_account(&c, "alice", "EUR", 2500);
    order_id = place_order(&c, "alice");
    run_until_quiet(&c);
    in = event_about(&c, NOTIFICATION_SENT, order_id, "{\"kind\":\"praised\"}");
    ck_assert_int_eq(deliver(&c, ORDER_SVC, &in).how, UNDONE_REFUSED);
}
END_TEST

START_TEST(a_failed_notification_is_noted_as_such_and_closes_a_paid_order)
{
    const char *order_id;
    struct envelope in;

    open_account(&c, "alice", "EUR", 2500);
    order_id = place_order(&c, "alice");
    run_only(&c, ORDER_SVC, PAYMENT_SVC);
    in = event_about(&c, NOTIFICATION_FAILED, order_id, "{\"kind\":\"paid\"}");
    ck_assert_int_eq(deliver(&c, ORDER_SVC, &in).how, HANDLED);
    ck_assert_str_eq(text_of(&c, ORDER_SVC, "SELECT outcome FROM order_notice", NULL), "FAILED");
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(closed_at) FROM orders"), 1);
}
END_TEST

START_TEST(cancelling_a_paid_order_that_was_closed_opens_it_again)
{
    const char *order_id;

    open_account(&c, "alice", "EUR", 2500);
    order_id = place_order(&c, "alice");
    run_until_quiet(&c);
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(closed_at) FROM orders"), 1);
    cancel_order(&c, order_id);
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(closed_at) FROM orders"), 0);
    run_until_quiet(&c);
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(closed_at) FROM orders"), 1);
}
END_TEST

/* ---- Tests: expiry ---- */

START_TEST(an_order_expires_after_its_time_and_not_at_it)
{
    int partition;
    int64_t pay_by;

    place_order(&c, "alice");
    relay(&c);
    partition = (int)number_of(&c, ORDER_SVC, "SELECT partition FROM orders");
    pay_by = number_of(&c, ORDER_SVC, "SELECT pay_by FROM orders");
    ck_assert_int_eq(pay_by, clock_now_ms(&c.clock) + 900 * 1000);
    ck_assert(!due_at(partition, pay_by));
    ck_assert_int_eq(expiry_at(partition, pay_by).how, HANDLED_BEFORE);
    ck_assert_str_eq(status(), "CREATED");
    ck_assert(due_at(partition, pay_by + 1));
    ck_assert_int_eq(expiry_at(partition, pay_by + 1).how, HANDLED);
    ck_assert_str_eq(status(), "CANCELLED");
    ck_assert(!due_at(partition, pay_by + 1));
}
END_TEST

START_TEST(an_order_expires_at_the_end_of_its_own_partition_only)
{
    int partition;

    place_order(&c, "alice");
    relay(&c);
    partition = (int)number_of(&c, ORDER_SVC, "SELECT partition FROM orders");
    for (int i = 0; i < PARTITIONS_IN_TESTS; i++)
        if (i != partition)
            ck_assert_int_eq(expiry_at(i, INT64_MAX).how, HANDLED_BEFORE);
    ck_assert_str_eq(status(), "CREATED");
}
END_TEST

START_TEST(an_order_that_the_broker_does_not_have_never_expires)
{
    int partition;

    place_order(&c, "alice");
    partition = (int)number_of(&c, ORDER_SVC, "SELECT partition FROM orders");
    ck_assert(!due_at(partition, INT64_MAX));
    ck_assert_int_eq(expiry_at(partition, INT64_MAX).how, HANDLED_BEFORE);
    relay(&c);
    ck_assert_int_eq(expiry_at(partition, INT64_MAX).how, HANDLED);
}
END_TEST

START_TEST(at_most_256_orders_expire_at_once)
{
    int partition;

    for (int i = 0; i < 257; i++)
        place_order(&c, "alice");       /* the clock stands still, so all are on one partition */
    relay(&c);
    partition = (int)number_of(&c, ORDER_SVC, "SELECT DISTINCT partition FROM orders");
    ck_assert_int_eq(expiry_at(partition, INT64_MAX).how, HANDLED);
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM orders WHERE status = 'CREATED'"), 1);
    ck_assert(due_at(partition, INT64_MAX));
    ck_assert_int_eq(expiry_at(partition, INT64_MAX).how, HANDLED);
    ck_assert(!due_at(partition, INT64_MAX));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("reactions");
    TCase *tcase = tcase_create("reactions");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, order_svc_refuses_whatever_concerns_an_unknown_order);
    tcase_add_test(tcase, an_unknown_order_is_never_compensated);
    tcase_add_test(tcase, an_event_that_no_row_lists_is_skipped_and_leaves_no_trace);
    tcase_add_test(tcase, only_order_created_and_payment_completed_and_the_news_are_given_up);
    tcase_add_test(tcase, giving_up_changes_only_what_still_waits);
    tcase_add_test(tcase, each_event_of_an_order_has_the_next_sequence);
    tcase_add_test(tcase, malformed_events_are_refused_and_leave_no_trace);
    tcase_add_test(tcase, unknown_fields_are_accepted);
    tcase_add_test(tcase, a_malformed_cancellation_is_voided_all_the_same);
    tcase_add_test(tcase, a_notification_of_a_kind_that_is_none_is_refused);
    tcase_add_test(tcase, a_failed_notification_is_noted_as_such_and_closes_a_paid_order);
    tcase_add_test(tcase, cancelling_a_paid_order_that_was_closed_opens_it_again);
    tcase_add_test(tcase, an_order_expires_after_its_time_and_not_at_it);
    tcase_add_test(tcase, an_order_expires_at_the_end_of_its_own_partition_only);
    tcase_add_test(tcase, an_order_that_the_broker_does_not_have_never_expires);
    tcase_add_test(tcase, at_most_256_orders_expire_at_once);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
