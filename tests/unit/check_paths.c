/* Whole orders through the three services: delivered once, twice, late and out of order they end the same. */
#include "choreography.h"

#include "../../common/store/group_commit.h"

#include <check.h>
#include <string.h>

/* ---- Fixture ---- */

static struct choreography c, again;

static void
set_up(void)
{
    choreography_open(&c);
    choreography_open(&again);
}

static void
tear_down(void)
{
    choreography_close(&c);
    choreography_close(&again);
}

/* ---- Helpers: one order, from its request to its end. Each answers the order's id. ---- */

static const char *
paid(struct choreography *at)
{
    const char *order_id;

    open_account(at, "alice", "EUR", 10000);
    order_id = place_order(at, "alice");
    run_until_quiet(at);
    return order_id;
}

static const char *
declined_for_insufficient_funds(struct choreography *at)
{
    const char *order_id;

    open_account(at, "alice", "EUR", 2499);
    order_id = place_order(at, "alice");
    run_until_quiet(at);
    return order_id;
}

static const char *
declined_for_unknown_account(struct choreography *at)
{
    const char *order_id = place_order(at, "nobody");

    run_until_quiet(at);
    return order_id;
}

static const char *
declined_for_currency_mismatch(struct choreography *at)
{
    const char *order_id;

    open_account(at, "alice", "USD", 10000);
    order_id = place_order(at, "alice");
    run_until_quiet(at);
    return order_id;
}

/* payment-svc was away; order-svc has seen no end of the partition. */
static const char *
declined_because_it_came_late(struct choreography *at)
{
    const char *order_id;

    open_account(at, "alice", "EUR", 10000);
    order_id = place_order(at, "alice");
    clock_advance(&at->clock, 901 * 1000);
    run_until_quiet(at);
    return order_id;
}

static const char *
cancelled_while_the_payment_is_under_way(struct choreography *at)
{
    const char *order_id;

    open_account(at, "alice", "EUR", 10000);
    order_id = place_order(at, "alice");
    run_only(at, PAYMENT_SVC, PAYMENT_SVC);
    ck_assert_int_eq(cancel_order(at, order_id), 200);
    run_until_quiet(at);
    return order_id;
}

static const char *
cancelled_while_the_refusal_is_under_way(struct choreography *at)
{
    const char *order_id = place_order(at, "nobody");

    run_only(at, PAYMENT_SVC, PAYMENT_SVC);
    ck_assert_int_eq(cancel_order(at, order_id), 200);
    run_until_quiet(at);
    return order_id;
}

static const char *
cancelled_after_it_was_paid(struct choreography *at)
{
    const char *order_id = paid(at);

    ck_assert_int_eq(cancel_order(at, order_id), 200);
    ck_assert_int_eq(cancel_order(at, order_id), 200);
    run_until_quiet(at);
    ck_assert_int_eq(cancel_order(at, order_id), 200);
    return order_id;
}

static const char *
expired(struct choreography *at)
{
    const char *order_id;

    open_account(at, "alice", "EUR", 10000);
    order_id = place_order(at, "alice");
    relay(at);
    ck_assert_int_eq(expire(at, order_id).how, HANDLED);
    run_until_quiet(at);
    ck_assert_int_eq(expire(at, order_id).how, HANDLED_BEFORE);
    return order_id;
}

static const char *
refused_by_the_broker(struct choreography *at)
{
    const char *order_id;

    open_account(at, "alice", "EUR", 10000);
    at->refuse = 1u << ORDER_CREATED;
    order_id = place_order(at, "alice");
    run_until_quiet(at);
    return order_id;
}

static const char *
given_up_by_payment(struct choreography *at)
{
    const char *order_id;

    open_account(at, "alice", "EUR", 10000);
    set_aside(at, PAYMENT_SVC, ORDER_CREATED);
    order_id = place_order(at, "alice");
    run_until_quiet(at);
    ck_assert_int_eq(give_up(at, PAYMENT_SVC, said(at, order_id, ORDER_CREATED)).how, HANDLED);
    run_until_quiet(at);
    return order_id;
}

static const char *
paid_but_given_up_by_order(struct choreography *at)
{
    const char *order_id;

    set_aside(at, ORDER_SVC, PAYMENT_COMPLETED);
    order_id = paid(at);
    ck_assert_int_eq(give_up(at, ORDER_SVC, said(at, order_id, PAYMENT_COMPLETED)).how, HANDLED);
    run_until_quiet(at);
    return order_id;
}

static const char *
paid_but_nobody_could_be_told(struct choreography *at)
{
    const char *order_id;

    set_aside(at, NOTIFY_SVC, ORDER_PAID);
    order_id = paid(at);
    ck_assert_int_eq(give_up(at, NOTIFY_SVC, said(at, order_id, ORDER_PAID)).how, HANDLED);
    run_until_quiet(at);
    return order_id;
}

/* ---- Helpers: what a redrive can do to the order of things ---- */

/* order.cancelled is handled before order.created: its VOIDED row keeps the late one from charging. */
static const char *
created_after_voided(struct choreography *at)
{
    const char *order_id;

    open_account(at, "alice", "EUR", 10000);
    set_aside(at, PAYMENT_SVC, ORDER_CREATED);
    order_id = place_order(at, "alice");
    run_until_quiet(at);
    ck_assert_int_eq(cancel_order(at, order_id), 200);
    run_until_quiet(at);
    redrive(at, PAYMENT_SVC, ORDER_CREATED);
    run_until_quiet(at);
    return order_id;
}

static const char *
completed_after_the_refund(struct choreography *at)
{
    const char *order_id;

    set_aside(at, ORDER_SVC, PAYMENT_COMPLETED);
    order_id = paid(at);
    ck_assert_int_eq(cancel_order(at, order_id), 200);
    run_until_quiet(at);
    redrive(at, ORDER_SVC, PAYMENT_COMPLETED);
    run_until_quiet(at);
    return order_id;
}

static const char *
declined_after_the_void(struct choreography *at)
{
    const char *order_id;

    set_aside(at, ORDER_SVC, PAYMENT_DECLINED);
    order_id = declined_for_unknown_account(at);
    ck_assert_int_eq(cancel_order(at, order_id), 200);
    run_until_quiet(at);
    redrive(at, ORDER_SVC, PAYMENT_DECLINED);
    run_until_quiet(at);
    return order_id;
}

/* Two topics have no order between them. */
static const char *
told_of_the_refund_before_the_refund(struct choreography *at)
{
    const char *order_id = paid(at);

    set_aside(at, ORDER_SVC, PAYMENT_REFUNDED);
    ck_assert_int_eq(cancel_order(at, order_id), 200);
    run_until_quiet(at);
    redrive(at, ORDER_SVC, PAYMENT_REFUNDED);
    run_until_quiet(at);
    return order_id;
}

static const char *
told_of_the_payment_after_the_refund(struct choreography *at)
{
    const char *order_id;

    set_aside(at, NOTIFY_SVC, ORDER_PAID);
    order_id = paid(at);
    ck_assert_int_eq(cancel_order(at, order_id), 200);
    run_until_quiet(at);
    redrive(at, NOTIFY_SVC, ORDER_PAID);
    run_until_quiet(at);
    return order_id;
}

static const char *
redriven_after_it_was_given_up(struct choreography *at)
{
    const char *order_id = given_up_by_payment(at);

    redrive(at, PAYMENT_SVC, ORDER_CREATED);
    run_until_quiet(at);
    return order_id;
}

static const char *
completed_redriven_after_it_was_given_up(struct choreography *at)
{
    const char *order_id = paid_but_given_up_by_order(at);

    redrive(at, ORDER_SVC, PAYMENT_COMPLETED);
    run_until_quiet(at);
    return order_id;
}

/* ---- Tables ---- */

#define ORDER_CLOSED_AS "status || ' ' || ifnull(reason, '-') || iif(closed_at IS NULL, ' open', ' closed')"

static const struct path {
    const char *(*take)(struct choreography *at);
    const char *order;       /* status, reason, open or closed */
    const char *payment;     /* status, reason */
    const char *notices;     /* kinds, in alphabetical order */
    int said;                /* events of all three services */
} paths[] = {
    { paid, "PAID - closed", "COMPLETED -", "paid:SENT", 4 },
    { declined_for_insufficient_funds, "REJECTED insufficient_funds closed", "DECLINED insufficient_funds",
      "rejected:SENT", 4 },
    { declined_for_unknown_account, "REJECTED unknown_account closed", "DECLINED unknown_account", "rejected:SENT", 4 },
    { declined_for_currency_mismatch, "REJECTED currency_mismatch closed", "DECLINED currency_mismatch",
      "rejected:SENT", 4 },
    { declined_because_it_came_late, "REJECTED expired closed", "DECLINED expired", "rejected:SENT", 4 },
    { cancelled_while_the_payment_is_under_way, "REFUNDED customer closed", "REFUNDED -",
      "cancelled:SENT refunded:SENT", 6 },
    { cancelled_while_the_refusal_is_under_way, "CANCELLED customer closed", "VOIDED unknown_account",
      "cancelled:SENT", 5 },
    { cancelled_after_it_was_paid, "REFUNDED customer closed", "REFUNDED -",
      "cancelled:SENT paid:SENT refunded:SENT", 8 },
    { expired, "CANCELLED expired closed", "VOIDED expired", "cancelled:SENT", 5 },
    { refused_by_the_broker, "CANCELLED publish_failed closed", "VOIDED -", "cancelled:SENT", 4 },
    { given_up_by_payment, "REJECTED unprocessable closed", "DECLINED unprocessable", "rejected:SENT", 4 },
    { paid_but_given_up_by_order, "REFUNDED payment_unprocessable closed", "REFUNDED -",
      "cancelled:SENT refunded:SENT", 6 },
    { paid_but_nobody_could_be_told, "PAID - closed", "COMPLETED -", "paid:FAILED", 4 },
    { created_after_voided, "CANCELLED customer closed", "VOIDED -", "cancelled:SENT", 4 },
};

/* Ways that must end like another one. */
static const struct {
    const char *(*take)(struct choreography *at), *(*like)(struct choreography *at);
} detours[] = {
    { completed_after_the_refund, cancelled_while_the_payment_is_under_way },
    { declined_after_the_void, cancelled_while_the_refusal_is_under_way },
    { told_of_the_refund_before_the_refund, cancelled_after_it_was_paid },
    { told_of_the_payment_after_the_refund, cancelled_after_it_was_paid },
    { redriven_after_it_was_given_up, given_up_by_payment },
    { completed_redriven_after_it_was_given_up, paid_but_given_up_by_order },
};

#define ROWS(table_) ((int)(sizeof(table_) / sizeof((table_)[0])))

static void
check_sound(struct choreography *at)
{
    ck_assert_msg(at->undone == 0, "%d deliveries were undone: %s", at->undone, at->undone_code);
    check_money(at);
    check_agreement(at);
    check_notifications(at);
}

/* ---- Tests ---- */

START_TEST(every_path_ends_as_designed)
{
    const struct path *path = &paths[_i];
    const char *order_id = path->take(&c);

    ck_assert_str_eq(text_of(&c, ORDER_SVC, "SELECT " ORDER_CLOSED_AS " FROM orders WHERE order_id = :id", order_id),
                     path->order);
    ck_assert_str_eq(text_of(&c, PAYMENT_SVC, "SELECT status || ' ' || ifnull(reason, '-') FROM payment", NULL),
                     path->payment);
    ck_assert_str_eq(text_of(&c, ORDER_SVC, "SELECT group_concat(kind || ':' || outcome, ' ') FROM order_notice", NULL),
                     path->notices);
    ck_assert_int_eq(c.record_count, path->said);
    check_sound(&c);
}
END_TEST

START_TEST(every_path_ends_the_same_however_it_is_delivered)
{
    int delivery = _i % DELIVERIES, path = _i / DELIVERIES;

    paths[path].take(&c);
    again.delivery = (enum delivery)delivery;
    paths[path].take(&again);
    check_sound(&again);
    ck_assert_str_eq(dump(&again), dump(&c));
}
END_TEST

START_TEST(every_path_stays_as_it_is_when_all_is_delivered_again)
{
    const char *before;

    paths[_i].take(&c);
    before = dump(&c);
    for (int i = 0; i < MEMBERS; i++)
        c.set_aside[i] = 0;
    deliver_all_again(&c);
    check_sound(&c);
    ck_assert_str_eq(dump(&c), before);
}
END_TEST

START_TEST(every_detour_ends_like_the_straight_way)
{
    int delivery = _i % DELIVERIES, detour = _i / DELIVERIES;

    detours[detour].like(&c);
    again.delivery = (enum delivery)delivery;
    detours[detour].take(&again);
    check_sound(&again);
    ck_assert_str_eq(dump(&again), dump(&c));
}
END_TEST

/* Forty orders of four customers at once, some cancelled at any moment, in an order that only the seed knows. */
START_TEST(many_orders_at_once_keep_the_money_whatever_the_order_of_things)
{
    static const char *const customers[] = { "alice", "bob", "carol", "nobody" };
    const char *orders[40];

    uuid_source_seeded(&c.chance, (uint64_t)_i + 1);
    c.delivery = SHUFFLED_AND_TWICE;
    open_account(&c, "alice", "EUR", 1000000);
    open_account(&c, "bob", "EUR", 12500);
    open_account(&c, "carol", "USD", 1000000);
    for (int i = 0; i < 40; i++) {
        orders[i] = place_order(&c, customers[i % 4]);
        if (uuid_source_next(&c.chance) % 3 == 0)
            run_only(&c, (enum member)(uuid_source_next(&c.chance) % MEMBERS), PAYMENT_SVC);
        if (uuid_source_next(&c.chance) % 3 == 0)
            cancel_order(&c, orders[uuid_source_next(&c.chance) % ((uint64_t)i + 1)]);
    }
    run_until_quiet(&c);
    check_sound(&c);
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM orders WHERE closed_at IS NULL"), 0);
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM orders WHERE status = 'CREATED'"), 0);
    ck_assert_int_eq(number_of(&c, PAYMENT_SVC, "SELECT count(*) FROM payment"), 40);
    deliver_all_again(&c);
    check_sound(&c);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("paths");
    TCase *tcase = tcase_create("paths");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, every_path_ends_as_designed, 0, ROWS(paths));
    tcase_add_loop_test(tcase, every_path_ends_the_same_however_it_is_delivered, 0, ROWS(paths) * DELIVERIES);
    tcase_add_loop_test(tcase, every_path_stays_as_it_is_when_all_is_delivered_again, 0, ROWS(paths));
    tcase_add_loop_test(tcase, every_detour_ends_like_the_straight_way, 0, ROWS(detours) * DELIVERIES);
    tcase_add_loop_test(tcase, many_orders_at_once_keep_the_money_whatever_the_order_of_things, 0, 50);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
