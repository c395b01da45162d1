/* The tables of the three services agree with each other, and hold their handlers to what they list. */
#include "choreography.h"

#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/outbox.h"
#include "../../notify-svc/service.h"
#include "../../order-svc/service.h"
#include "../../payment-svc/service.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* ---- Fixture ---- */

static const struct service *const services[MEMBERS] = {
    [ORDER_SVC] = &order_service, [PAYMENT_SVC] = &payment_service, [NOTIFY_SVC] = &notify_service,
};

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

static uint32_t
mask_of(const enum envelope_type emits[EMITS])
{
    uint32_t mask = 0;

    for (int i = 0; i < EMITS; i++)
        if (emits[i] != NO_TYPE)
            mask |= 1u << emits[i];
    return mask;
}

/* All that a service may say, by whatever row. */
static uint32_t
says(const struct service *service)
{
    uint32_t mask = 0;

    for (const struct route *row = service->routes; row->handle != NULL; row++)
        mask |= mask_of(row->emits) | mask_of(row->if_refused_emits);
    for (const struct reaction *row = service->reactions; row->handle != NULL; row++)
        mask |= mask_of(row->emits) | mask_of(row->give_up_emits);
    for (const struct timer *row = service->timers; row->handle != NULL; row++)
        mask |= mask_of(row->emits);
    for (const struct completion *row = service->completions; row->handle != NULL; row++)
        mask |= mask_of(row->emits);
    return mask;
}

static uint32_t
hears(const struct service *service)
{
    uint32_t mask = 0;

    for (const struct reaction *row = service->reactions; row->handle != NULL; row++)
        mask |= 1u << row->on;
    return mask;
}

/* A list that ends before EMITS has no holes: what stands behind NO_TYPE would never be looked at. */
static void
check_list(const enum envelope_type emits[EMITS])
{
    for (int i = 1; i < EMITS; i++)
        ck_assert(emits[i] == NO_TYPE || emits[i - 1] != NO_TYPE);
}

/* ---- Tests ---- */

START_TEST(every_event_heard_is_said_by_another_service)
{
    for (int i = 0; i < MEMBERS; i++) {
        uint32_t by_others = 0;

        for (int other = 0; other < MEMBERS; other++)
            if (other != i)
                by_others |= says(services[other]);
        ck_assert_uint_eq(hears(services[i]) & ~by_others, 0);
        ck_assert_uint_eq(hears(services[i]) & says(services[i]), 0);
    }
}
END_TEST

START_TEST(every_event_said_is_heard_by_somebody)
{
    static const enum envelope_type final[] = { NO_TYPE };      /* said for people only: none so far */
    uint32_t said_by_all = 0, heard = 1u << final[0] & ~1u;

    for (int i = 0; i < MEMBERS; i++) {
        said_by_all |= says(services[i]);
        heard |= hears(services[i]);
    }
    ck_assert_uint_eq(said_by_all & ~heard, 0);
}
END_TEST

START_TEST(every_event_that_exists_is_said_by_exactly_one_service)
{
    for (int type = NO_TYPE + 1; type < ENVELOPE_TYPES; type++) {
        int speakers = 0;

        for (int i = 0; i < MEMBERS; i++)
            speakers += says(services[i]) >> type & 1;
        ck_assert_msg(speakers == 1, "%s has %d speakers", envelope_type_name((enum envelope_type)type), speakers);
    }
}
END_TEST

START_TEST(every_service_speaks_on_its_own_topic)
{
    for (int i = 0; i < MEMBERS; i++)
        for (int type = NO_TYPE + 1; type < ENVELOPE_TYPES; type++)
            if (says(services[i]) >> type & 1)
                ck_assert_int_eq(envelope_topic((enum envelope_type)type), services[i]->speaks_on);
    ck_assert_int_ne(order_service.speaks_on, payment_service.speaks_on);
    ck_assert_int_ne(payment_service.speaks_on, notify_service.speaks_on);
    ck_assert_int_ne(notify_service.speaks_on, order_service.speaks_on);
}
END_TEST

START_TEST(a_service_hears_an_event_in_one_row_only)
{
    for (int i = 0; i < MEMBERS; i++)
        for (const struct reaction *row = services[i]->reactions; row->handle != NULL; row++) {
            ck_assert_ptr_eq(service_reaction(services[i], row->on), row);
            ck_assert(service_hears(services[i], envelope_topic(row->on)));
        }
    for (int i = 0; i < MEMBERS; i++)
        ck_assert(!service_hears(services[i], services[i]->speaks_on));
}
END_TEST

START_TEST(lists_of_events_have_no_holes)
{
    for (int i = 0; i < MEMBERS; i++) {
        for (const struct route *row = services[i]->routes; row->handle != NULL; row++) {
            check_list(row->emits);
            check_list(row->if_refused_emits);
        }
        for (const struct reaction *row = services[i]->reactions; row->handle != NULL; row++) {
            check_list(row->emits);
            check_list(row->give_up_emits);
        }
    }
}
END_TEST

START_TEST(a_reaction_that_compensates_is_never_given_up)
{
    int compensations = 0;

    for (int i = 0; i < MEMBERS; i++)
        for (const struct reaction *row = services[i]->reactions; row->handle != NULL; row++) {
            compensations += row->compensates;
            ck_assert(!row->compensates || row->give_up == NULL);
            ck_assert(row->give_up != NULL || mask_of(row->give_up_emits) == 0);
            ck_assert(row->give_up == NULL || mask_of(row->give_up_emits) != 0);
        }
    ck_assert_int_eq(compensations, 1);
    ck_assert(service_reaction(&payment_service, ORDER_CANCELLED)->compensates);
}
END_TEST

START_TEST(only_order_created_is_compensated_when_the_broker_refuses_it)
{
    uint32_t compensated = 0;

    for (int i = 0; i < MEMBERS; i++)
        for (const struct route *row = services[i]->routes; row->handle != NULL; row++) {
            ck_assert((row->if_refused == NULL) == (mask_of(row->if_refused_emits) == 0));
            if (row->if_refused != NULL)
                compensated |= mask_of(row->emits);
        }
    ck_assert_uint_eq(compensated, 1u << ORDER_CREATED);
}
END_TEST

START_TEST(orders_are_kept_once_by_state_and_the_others_by_processed_events)
{
    static const char exists[] = "SELECT count(*) FROM sqlite_schema WHERE name = 'processed_event'";

    for (int i = 0; i < MEMBERS; i++) {
        for (const struct reaction *row = services[i]->reactions; row->handle != NULL; row++)
            ck_assert_int_eq(row->once, i == ORDER_SVC ? BY_STATE : BY_PROCESSED_EVENT);
        ck_assert_int_eq(number_of(&c, (enum member)i, exists), i != ORDER_SVC);
    }
}
END_TEST

START_TEST(a_get_says_nothing_and_everything_that_adds_money_needs_a_key)
{
    for (int i = 0; i < MEMBERS; i++)
        for (const struct route *row = services[i]->routes; row->handle != NULL; row++)
            if (strcmp(row->method, "GET") == 0)
                ck_assert(mask_of(row->emits) == 0 && row->key == KEY_IGNORED);
            else if (strcmp(row->method, "POST") == 0)
                ck_assert(row->key != KEY_IGNORED);
    ck_assert_int_eq(payment_service.routes[2].key, KEY_REQUIRED);
}
END_TEST

START_TEST(a_route_is_found_by_method_and_path_and_a_path_knows_its_methods)
{
    const char *param = NULL, *allow = NULL;
    const struct route *route =
        service_route(&order_service, "POST", "/orders/a b/cancellation", &c.arena, &param, &allow);

    ck_assert_ptr_eq(route, &order_service.routes[3]);
    ck_assert_str_eq(param, "a b");
    ck_assert_ptr_null(service_route(&order_service, "DELETE", "/orders", &c.arena, &param, &allow));
    ck_assert_str_eq(allow, "POST, GET");
    ck_assert_ptr_null(service_route(&order_service, "GET", "/orders/a/b", &c.arena, &param, &allow));
    ck_assert_ptr_null(allow);
    ck_assert_ptr_null(service_route(&order_service, "GET", "/orders/", &c.arena, &param, &allow));
    ck_assert_ptr_null(service_route(&order_service, "GET", "/orders//timeline", &c.arena, &param, &allow));
    ck_assert_ptr_null(service_route(&order_service, "GET", "/ordersx", &c.arena, &param, &allow));
    ck_assert_ptr_null(service_route(&order_service, "GET", "", &c.arena, &param, &allow));
}
END_TEST

/* ---- A service made here: its handlers say more than their rows list. ---- */

static struct outcome
say_paid(struct db *db, const struct envelope *in)
{
    return outbox_add(db, envelope_answer(in, ORDER_PAID, in->subject, 1, "{}"));
}

static struct reply
say_paid_to_client(struct db *db, const struct request *request)
{
    outbox_add(db, envelope_answer(&request->in, ORDER_PAID, "order", 1, "{}"));
    return (struct reply){ .status = 200 };
}

static const struct route talkative_routes[] = {
    { .method = "POST", .path = "/x", .handle = say_paid_to_client, .emits = { ORDER_CREATED },
      .if_refused = say_paid },
    { 0 }
};
static const struct reaction talkative_reactions[] = {
    { .on = PAYMENT_COMPLETED, .handle = say_paid, .emits = { ORDER_REJECTED }, .give_up = say_paid,
      .give_up_emits = { ORDER_CANCELLED } },
    { .on = PAYMENT_VOIDED, .handle = say_paid, .emits = { ORDER_PAID } },
    { 0 }
};
static const struct timer talkative_timers[] = { { .name = "t", .handle = say_paid }, { 0 } };
static const struct completion talkative_completions[] = { { .name = "c", .handle = say_paid }, { 0 } };
static const struct service talkative = {
    .name = "order-svc", .source = "/order-svc", .routes = talkative_routes, .reactions = talkative_reactions,
    .timers = talkative_timers, .completions = talkative_completions,
};

static void
set_up_talkative(void)
{
    choreography_open(&c);
    c.cores[ORDER_SVC].service = &talkative;
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));    /* what assert() prints would look like a failure */
}

START_TEST(a_row_may_say_what_it_lists)
{
    struct envelope in = event_about(&c, PAYMENT_VOIDED, "order", "{}");

    ck_assert_int_eq(deliver(&c, ORDER_SVC, &in).how, HANDLED);
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM outbox"), 1);
}
END_TEST

START_TEST(a_reaction_that_says_what_its_row_does_not_list_aborts)
{
    struct envelope in = event_about(&c, PAYMENT_COMPLETED, "order", "{}");

    deliver(&c, ORDER_SVC, &in);
}
END_TEST

START_TEST(giving_up_that_says_what_its_row_does_not_list_aborts)
{
    struct envelope in = event_about(&c, PAYMENT_COMPLETED, "order", "{}");

    give_up(&c, ORDER_SVC, &in);
}
END_TEST

START_TEST(a_timer_that_says_what_its_row_does_not_list_aborts)
{
    struct envelope in = event_about(&c, PAYMENT_COMPLETED, "order", "{}");

    core_timer(&c.cores[ORDER_SVC], &talkative_timers[0], &in);
}
END_TEST

START_TEST(a_completion_that_says_what_its_row_does_not_list_aborts)
{
    struct envelope in = event_about(&c, PAYMENT_COMPLETED, "order", "{}");

    core_complete(&c.cores[ORDER_SVC], &talkative_completions[0], &in);
}
END_TEST

START_TEST(a_compensation_that_says_what_its_row_does_not_list_aborts)
{
    struct envelope in = event_about(&c, ORDER_CREATED, "order", "{}");

    core_if_refused(&c.cores[ORDER_SVC], &in, NOTHING_ELSE);
}
END_TEST

START_TEST(a_request_that_says_what_its_row_does_not_list_aborts)
{
    ask(&c, ORDER_SVC, "POST", "/x", NULL, NULL);
}
END_TEST

START_TEST(saying_anything_outside_a_row_aborts)
{
    struct envelope in = event_about(&c, PAYMENT_VOIDED, "order", "{}");

    deliver(&c, ORDER_SVC, &in);
    group_cause_begin(c.cores[ORDER_SVC].group);
    say_paid(c.cores[ORDER_SVC].db, &in);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("tables");
    TCase *tables = tcase_create("tables"), *lists = tcase_create("lists");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tables, set_up, tear_down);
    tcase_add_test(tables, every_event_heard_is_said_by_another_service);
    tcase_add_test(tables, every_event_said_is_heard_by_somebody);
    tcase_add_test(tables, every_event_that_exists_is_said_by_exactly_one_service);
    tcase_add_test(tables, every_service_speaks_on_its_own_topic);
    tcase_add_test(tables, a_service_hears_an_event_in_one_row_only);
    tcase_add_test(tables, lists_of_events_have_no_holes);
    tcase_add_test(tables, a_reaction_that_compensates_is_never_given_up);
    tcase_add_test(tables, only_order_created_is_compensated_when_the_broker_refuses_it);
    tcase_add_test(tables, orders_are_kept_once_by_state_and_the_others_by_processed_events);
    tcase_add_test(tables, a_get_says_nothing_and_everything_that_adds_money_needs_a_key);
    tcase_add_test(tables, a_route_is_found_by_method_and_path_and_a_path_knows_its_methods);
    tcase_add_checked_fixture(lists, set_up_talkative, tear_down);
    tcase_add_test(lists, a_row_may_say_what_it_lists);
    tcase_add_test_raise_signal(lists, a_reaction_that_says_what_its_row_does_not_list_aborts, SIGABRT);
    tcase_add_test_raise_signal(lists, giving_up_that_says_what_its_row_does_not_list_aborts, SIGABRT);
    tcase_add_test_raise_signal(lists, a_timer_that_says_what_its_row_does_not_list_aborts, SIGABRT);
    tcase_add_test_raise_signal(lists, a_completion_that_says_what_its_row_does_not_list_aborts, SIGABRT);
    tcase_add_test_raise_signal(lists, a_compensation_that_says_what_its_row_does_not_list_aborts, SIGABRT);
    tcase_add_test_raise_signal(lists, a_request_that_says_what_its_row_does_not_list_aborts, SIGABRT);
    tcase_add_test_raise_signal(lists, saying_anything_outside_a_row_aborts, SIGABRT);
    suite_add_tcase(suite, tables);
    suite_add_tcase(suite, lists);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
