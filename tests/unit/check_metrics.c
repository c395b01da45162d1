/* What services count of their own business: what is durable, once, and nothing else. */
#include "choreography.h"

#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/metrics.h"
#include "../../notify-svc/service.h"
#include "../../order-svc/order_store.h"
#include "../../order-svc/service.h"
#include "../../payment-svc/service.h"

#include <check.h>
#include <ctype.h>
#include <string.h>

/* ---- Fixture ---- */

static struct choreography c;

static void
set_up(void)
{
    choreography_open(&c);
    open_account(&c, "alice", "EUR", 1000000);
}

static void
tear_down(void)
{
    choreography_close(&c);
}

/* ---- Helpers ---- */

static struct db *
db_of(enum member member)
{
    return c.cores[member].db;
}

/* Index of the row with this name; fails the test if there is none. */
static int
row_of(enum member member, const char *name)
{
    const struct metric *rows = c.cores[member].service->metrics;
    int row = 0;

    while (rows[row].name != NULL && strcmp(rows[row].name, name) != 0)
        row++;
    ck_assert_msg(rows[row].name != NULL, "no metric %s", name);
    return row;
}

static const struct series *
series_of(enum member member, const char *name, const char *value)
{
    int row = row_of(member, name), index = 0;
    const struct metric *metric = &c.cores[member].service->metrics[row];

    while (metric->values[index] != NULL && strcmp(metric->values[index], value) != 0)
        index++;
    ck_assert_msg(metric->values[index] != NULL, "%s has no %s", name, value);
    return metrics_series(db_context(db_of(member))->metrics, row, index);
}

static int
counted(enum member member, const char *name, const char *value)
{
    return (int)series_of(member, name, value)->count;
}

static int
orders(const char *status)
{
    return counted(ORDER_SVC, "orders_total", status);
}

static bool
ends_with(const char *text, const char *end)
{
    return strlen(text) > strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

/* ---- Tests ---- */

START_TEST(names_are_as_prometheus_wants_them)
{
    for (int member = 0; member < MEMBERS; member++)
        for (const struct metric *row = c.cores[member].service->metrics; row->name != NULL; row++) {
            ck_assert_uint_eq(strspn(row->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(row->name));
            ck_assert_int_eq(ends_with(row->name, "_total"), row->kind == METRIC_COUNTER);
            ck_assert_int_eq(ends_with(row->name, "_seconds"), row->kind == METRIC_DURATION);
            ck_assert_int_eq(row->measure != NULL, row->kind == METRIC_GAUGE);
            ck_assert_int_eq(row->label != NULL, row->values != NULL);
            ck_assert(isupper((unsigned char)row->help[0]) && ends_with(row->help, "."));
        }
}
END_TEST

START_TEST(statuses_of_the_table_are_those_of_orders)
{
    const struct metric *row = &order_service.metrics[row_of(ORDER_SVC, "orders_total")];

    for (int status = 0; status < ORDER_STATUSES; status++)
        ck_assert_str_eq(row->values[status], order_status_name((enum order_status)status));
    ck_assert_ptr_null(row->values[ORDER_STATUSES]);
}
END_TEST

START_TEST(every_status_an_order_comes_into_is_counted)
{
    const char *late;

    place_order(&c, "alice");
    late = place_order(&c, "alice");
    place_order(&c, "nobody");
    run_until_quiet(&c);
    ck_assert_int_eq(cancel_order(&c, late), 200);
    run_until_quiet(&c);
    ck_assert_int_eq(orders("CREATED"), 3);
    ck_assert_int_eq(orders("PAID"), 2);
    ck_assert_int_eq(orders("REJECTED"), 1);
    ck_assert_int_eq(orders("CANCELLED"), 1);
    ck_assert_int_eq(orders("REFUNDED"), 1);
    ck_assert_int_eq(counted(PAYMENT_SVC, "payments_total", "COMPLETED"), 2);
    ck_assert_int_eq(counted(PAYMENT_SVC, "payments_total", "DECLINED"), 1);
    ck_assert_int_eq(counted(PAYMENT_SVC, "payments_total", "REFUNDED"), 1);
    ck_assert_int_eq(counted(NOTIFY_SVC, "notifications_total", "SENT"), 5);
}
END_TEST

START_TEST(what_comes_again_is_counted_once)
{
    const char *order_id = place_order(&c, "alice");

    run_until_quiet(&c);
    cancel_order(&c, order_id);
    cancel_order(&c, order_id);
    run_until_quiet(&c);
    deliver_all_again(&c);
    ck_assert_int_eq(orders("PAID"), 1);
    ck_assert_int_eq(orders("CANCELLED"), 1);
    ck_assert_int_eq(orders("REFUNDED"), 1);
    ck_assert_int_eq(counted(PAYMENT_SVC, "payments_total", "REFUNDED"), 1);
}
END_TEST

START_TEST(voided_and_failed_are_counted)
{
    const char *order_id = place_order(&c, "alice");
    struct envelope in;

    cancel_order(&c, order_id);
    relay(&c);
    set_aside(&c, PAYMENT_SVC, ORDER_CREATED);      /* payment-svc hears of the cancellation only */
    run_until_quiet(&c);
    ck_assert_int_eq(counted(PAYMENT_SVC, "payments_total", "VOIDED"), 1);
    in = event_about(&c, ORDER_PAID, new_id(&c, ""), "{}");
    ck_assert_int_eq(give_up(&c, NOTIFY_SVC, &in).how, HANDLED);
    ck_assert_int_eq(counted(NOTIFY_SVC, "notifications_total", "FAILED"), 1);
}
END_TEST

START_TEST(durations_are_those_of_the_order)
{
    const struct series *paid = series_of(ORDER_SVC, "order_duration_seconds", "paid");
    const struct series *closed = series_of(ORDER_SVC, "order_duration_seconds", "closed");

    place_order(&c, "alice");
    clock_advance(&c.clock, 400);
    run_only(&c, ORDER_SVC, PAYMENT_SVC);
    ck_assert_uint_eq(paid->times_ms.total, 1);
    ck_assert_int_ge(paid->times_ms.sum, 400);
    ck_assert_int_lt(paid->times_ms.sum, 500);
    ck_assert_uint_eq(closed->times_ms.total, 0);
    clock_advance(&c.clock, 3000);
    run_until_quiet(&c);
    ck_assert_uint_eq(closed->times_ms.total, 1);
    ck_assert_int_ge(closed->times_ms.sum, 3400);
}
END_TEST

START_TEST(cancelled_order_has_no_duration)
{
    place_order(&c, "alice");
    cancel_order(&c, place_order(&c, "nobody"));
    set_aside(&c, ORDER_SVC, PAYMENT_COMPLETED);
    run_until_quiet(&c);
    ck_assert_uint_eq(series_of(ORDER_SVC, "order_duration_seconds", "closed")->count, 0);
}
END_TEST

START_TEST(clock_that_was_set_back_counts_as_no_time)
{
    struct group_commit *group = c.cores[ORDER_SVC].group;

    group_cause_begin(group);
    metrics_time(db_of(ORDER_SVC), row_of(ORDER_SVC, "order_duration_seconds"), 0, -5);
    group_cause_end(group, true);
    ck_assert(group_commit(group));
    ck_assert_int_eq(series_of(ORDER_SVC, "order_duration_seconds", "paid")->times_ms.sum, 0);
}
END_TEST

START_TEST(nothing_is_counted_before_the_commit)
{
    struct group_commit *group = c.cores[ORDER_SVC].group;

    group_cause_begin(group);
    metrics_count(db_of(ORDER_SVC), row_of(ORDER_SVC, "orders_total"), ORDER_IS_PAID);
    group_cause_end(group, true);
    ck_assert_int_eq(orders("PAID"), 0);
    ck_assert(group_commit(group));
    ck_assert_int_eq(orders("PAID"), 1);
}
END_TEST

START_TEST(cause_that_is_undone_counts_nothing_and_takes_nobody_along)
{
    struct group_commit *group = c.cores[ORDER_SVC].group;
    int row = row_of(ORDER_SVC, "orders_total");

    for (int cause = 0; cause < 3; cause++) {
        group_cause_begin(group);
        metrics_count(db_of(ORDER_SVC), row, ORDER_IS_PAID);
        group_cause_end(group, cause != 1);
    }
    ck_assert(group_commit(group));
    ck_assert_int_eq(orders("PAID"), 2);
}
END_TEST

START_TEST(turn_that_is_undone_counts_nothing)
{
    struct group_commit *group = c.cores[ORDER_SVC].group;

    group_cause_begin(group);
    metrics_count(db_of(ORDER_SVC), row_of(ORDER_SVC, "orders_total"), ORDER_IS_PAID);
    group_cause_end(group, true);
    db_lose_turn(db_of(ORDER_SVC));
    ck_assert(!group_commit(group));
    ck_assert_int_eq(orders("PAID"), 0);
    place_order(&c, "alice");
    ck_assert_int_eq(orders("PAID"), 0);
    ck_assert_int_eq(orders("CREATED"), 1);
}
END_TEST

START_TEST(turn_may_count_more_than_there_is_room_for)
{
    struct group_commit *group = c.cores[ORDER_SVC].group;
    int row = row_of(ORDER_SVC, "orders_total");

    group_cause_begin(group);
    for (int i = 0; i < 5000; i++)
        metrics_count(db_of(ORDER_SVC), row, ORDER_IS_CANCELLED);
    group_cause_end(group, true);
    ck_assert(group_commit(group));
    ck_assert_int_eq(orders("CANCELLED"), 5000);
}
END_TEST

START_TEST(unpaid_orders_are_measured)
{
    place_order(&c, "alice");
    place_order(&c, "nobody");
    ck_assert_int_eq(orders_unpaid(db_of(ORDER_SVC)), 2);
    run_until_quiet(&c);
    ck_assert_int_eq(orders_unpaid(db_of(ORDER_SVC)), 0);
    db_end_cause(db_of(ORDER_SVC));
}
END_TEST

START_TEST(id_tells_when_it_was_made)
{
    char id[UUID_TEXT];

    uuid_new(&c.request_ids, 1767225612345, id);
    ck_assert_int_eq(uuid_time_ms(id), 1767225612345);
    ck_assert_int_eq(uuid_time_ms("ffffffff-ffff-7fff-bfff-ffffffffffff"), (1LL << 48) - 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tcase = tcase_create("metrics");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, names_are_as_prometheus_wants_them);
    tcase_add_test(tcase, statuses_of_the_table_are_those_of_orders);
    tcase_add_test(tcase, every_status_an_order_comes_into_is_counted);
    tcase_add_test(tcase, what_comes_again_is_counted_once);
    tcase_add_test(tcase, voided_and_failed_are_counted);
    tcase_add_test(tcase, durations_are_those_of_the_order);
    tcase_add_test(tcase, cancelled_order_has_no_duration);
    tcase_add_test(tcase, clock_that_was_set_back_counts_as_no_time);
    tcase_add_test(tcase, nothing_is_counted_before_the_commit);
    tcase_add_test(tcase, cause_that_is_undone_counts_nothing_and_takes_nobody_along);
    tcase_add_test(tcase, turn_that_is_undone_counts_nothing);
    tcase_add_test(tcase, turn_may_count_more_than_there_is_room_for);
    tcase_add_test(tcase, unpaid_orders_are_measured);
    tcase_add_test(tcase, id_tells_when_it_was_made);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
