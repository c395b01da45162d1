/* Requests: what is undone when it cannot be said, and what an Idempotency-Key gives back. */
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

static const char order[] = "{\"customer_id\":\"alice\",\"currency\":\"EUR\","
                            "\"items\":[{\"sku\":\"book\",\"quantity\":2,\"unit_price\":1250}]}";
static const char with_blanks[] = " {\"customer_id\" : \"alice\",\n\"currency\":\"EUR\",\t"
                                  "\"items\": [ {\"sku\":\"book\",\"quantity\":2,\"unit_price\":1250} ] }\n";
static const char other[] = "{\"customer_id\":\"alice\",\"currency\":\"EUR\","
                            "\"items\":[{\"sku\":\"book\",\"quantity\":3,\"unit_price\":1250}]}";
static const char of_bob[] = "{\"customer_id\":\"bob\",\"currency\":\"EUR\","
                             "\"items\":[{\"sku\":\"book\",\"quantity\":2,\"unit_price\":1250}]}";

static int64_t
orders(void)
{
    return number_of(&c, ORDER_SVC, "SELECT count(*) FROM orders");
}

static void
break_outbox(enum member at)
{
    ck_assert_int_eq(db_script(c.cores[at].db, "CREATE TRIGGER broken BEFORE INSERT ON outbox BEGIN"
                                               "  SELECT RAISE(ABORT, 'broken on purpose'); END"), 0);
}

static void
mend_outbox(enum member at)
{
    ck_assert_int_eq(db_script(c.cores[at].db, "DROP TRIGGER broken"), 0);
}

static int
deposit(const char *body, const char *key)
{
    return ask(&c, PAYMENT_SVC, "POST", "/accounts/alice/deposits", body, key).status;
}

static int64_t
balance(void)
{
    return number_of(&c, PAYMENT_SVC, "SELECT balance FROM account");
}

/* ---- Tests: answers ---- */

START_TEST(the_answer_to_an_order_is_what_is_read_afterwards)
{
    static const char body[] =
        "{\"customer_id\":\"alice\",\"currency\":\"EUR\",\"items\":[{\"sku\":\"a \\\"b\\\"\",\"quantity\":2,\"unit_price\":3},"
        "{\"sku\":\"c\",\"note\":1,\"unit_price\":5,\"quantity\":7},{\"sku\":\"a\",\"quantity\":1,\"unit_price\":1}]}";
    struct reply posted = ask(&c, ORDER_SVC, "POST", "/orders", body, NULL), read;

    ck_assert_int_eq(posted.status, 201);
    read = ask(&c, ORDER_SVC, "GET", posted.location, NULL, NULL);
    ck_assert_str_eq(posted.body, read.body);
    ck_assert_ptr_nonnull(strstr(read.body, "\"items\":[{\"sku\":\"a \\\"b\\\"\",\"quantity\":2,\"unit_price\":3},"
                                            "{\"sku\":\"c\",\"quantity\":7,\"unit_price\":5},"
                                            "{\"sku\":\"a\",\"quantity\":1,\"unit_price\":1}],\"version\":1"));
}
END_TEST

/* ---- Tests: rollback ---- */

START_TEST(an_order_whose_event_cannot_be_written_is_not_there_and_the_answer_is_a_5xx)
{
    struct reply reply;

    break_outbox(ORDER_SVC);
    reply = ask(&c, ORDER_SVC, "POST", "/orders", order, "key");
    ck_assert_int_eq(reply.status, 503);
    ck_assert_ptr_null(reply.location);
    ck_assert_int_eq(rows_in(&c, ORDER_SVC), 0);
    mend_outbox(ORDER_SVC);
    reply = ask(&c, ORDER_SVC, "POST", "/orders", order, "key");
    ck_assert_int_eq(reply.status, 201);
    ck_assert(!reply.replayed);
    ck_assert_int_eq(orders(), 1);
}
END_TEST

START_TEST(an_order_without_an_outbox_to_write_to_is_not_there_either)
{
    ck_assert_int_eq(db_script(c.cores[ORDER_SVC].db, "DROP VIEW v_outbox; ALTER TABLE outbox RENAME TO gone"), 0);
    ck_assert_int_eq(ask(&c, ORDER_SVC, "POST", "/orders", order, NULL).status, 503);
    ck_assert_int_eq(orders(), 0);
}
END_TEST

START_TEST(a_cancellation_whose_event_cannot_be_written_has_not_happened)
{
    const char *order_id = place_order(&c, "alice");

    break_outbox(ORDER_SVC);
    ck_assert_int_eq(cancel_order(&c, order_id), 503);
    ck_assert_str_eq(text_of(&c, ORDER_SVC, "SELECT status FROM orders", NULL), "CREATED");
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM order_history"), 1);
}
END_TEST

START_TEST(one_request_that_fails_leaves_its_neighbours_in_the_turn_alone)
{
    const char *before = place_order(&c, "alice"), *allow;
    struct core *core = &c.cores[ORDER_SVC];
    struct request good = { .in = { .id = "request:1", .received_at = 1, .data = order }, .method = "POST",
                            .path = "/orders", .arena = &c.arena };
    struct request bad = good;
    const struct route *route = service_route(core->service, "POST", "/orders", &c.arena, &good.param, &allow);

    bad.in.data = "{\"customer_id\":\"alice\"}";
    ck_assert_int_eq(core_request(core, route, &good).status, 201);
    ck_assert_int_eq(core_request(core, route, &bad).status, 422);
    break_outbox(ORDER_SVC);
    ck_assert_int_eq(core_request(core, route, &good).status, 503);
    mend_outbox(ORDER_SVC);
    ck_assert_int_eq(core_request(core, route, &good).status, 201);
    ck_assert(group_commit(core->group));
    ck_assert_int_eq(orders(), 3);
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM outbox"), 3);
    ck_assert_int_eq(cancel_order(&c, before), 200);
}
END_TEST

START_TEST(a_reaction_whose_answer_cannot_be_written_changes_nothing_and_may_be_offered_again)
{
    const char *order_id;
    struct result result;

    open_account(&c, "alice", "EUR", 2500);
    order_id = place_order(&c, "alice");
    relay(&c);
    break_outbox(PAYMENT_SVC);
    result = deliver(&c, PAYMENT_SVC, said(&c, order_id, ORDER_CREATED));
    ck_assert_int_eq(result.how, UNDONE_REFUSED);
    ck_assert_str_eq(result.code, "database_constraint");
    ck_assert_int_eq(number_of(&c, PAYMENT_SVC, "SELECT (SELECT count(*) FROM payment) +"
                                                " (SELECT count(*) FROM processed_event)"), 0);
    ck_assert_int_eq(balance(), 2500);
    mend_outbox(PAYMENT_SVC);
    ck_assert_int_eq(deliver(&c, PAYMENT_SVC, said(&c, order_id, ORDER_CREATED)).how, HANDLED);
    ck_assert_int_eq(balance(), 0);
}
END_TEST

/* Two services made here, of one route each. */
static struct reply
ask_of(const struct route routes[2], const char *key)
{
    const struct service *sound = c.cores[ORDER_SVC].service;
    struct service made = *sound;
    struct reply reply;

    made.routes = routes;
    c.cores[ORDER_SVC].service = &made;
    reply = ask(&c, ORDER_SVC, routes[0].method, routes[0].path, NULL, key);
    c.cores[ORDER_SVC].service = sound;
    return reply;
}

static struct reply
write_and_refuse(struct db *db, const struct request *request)
{
    static const char sql[] = "INSERT INTO order_notice VALUES ('order', 'paid', 'SENT', 1)";

    (void)request;
    db_run(db, sql, NULL);
    return (struct reply){ .status = 409 };
}

START_TEST(a_4xx_means_that_nothing_happened)
{
    static const struct route routes[] = {
        { .method = "POST", .path = "/refuse", .handle = write_and_refuse, .key = KEY_OPTIONAL },
        { 0 }
    };

    ck_assert_int_eq(ask_of(routes, "key").status, 409);
    ck_assert_int_eq(rows_in(&c, ORDER_SVC), 0);
}
END_TEST

/* Stands for any read that finds the database busy or full. */
static struct reply
get_from_a_full_database(struct db *db, const struct request *request)
{
    static const char sql[] = "CREATE TABLE too_much AS SELECT zeroblob(1000000)";

    (void)request;
    db_run(db, sql, NULL);
    return (struct reply){ .status = 200 };
}

START_TEST(a_read_that_fails_outside_a_turn_leaves_nothing_behind)
{
    static const struct route routes[] = {
        { .method = "GET", .path = "/full", .handle = get_from_a_full_database },
        { 0 }
    };

    ck_assert_int_eq(db_script(c.cores[ORDER_SVC].db, "PRAGMA max_page_count = 100"), 0);
    ck_assert_int_eq(ask_of(routes, NULL).status, 503);
    ck_assert_int_eq(db_failure(c.cores[ORDER_SVC].db), DB_FINE);
    ck_assert_int_eq(ask(&c, ORDER_SVC, "GET", "/orders", NULL, NULL).status, 200);
}
END_TEST

/* ---- Tests: Idempotency-Key ---- */

START_TEST(the_same_key_and_the_same_json_get_the_stored_answer)
{
    struct reply first = ask(&c, ORDER_SVC, "POST", "/orders", order, "key"), second;

    second = ask(&c, ORDER_SVC, "POST", "/orders", with_blanks, "key");
    ck_assert(!first.replayed);
    ck_assert(second.replayed);
    ck_assert_int_eq(second.status, 201);
    ck_assert_str_eq(second.location, first.location);
    ck_assert_str_eq(second.body, first.body);
    ck_assert_int_eq(orders(), 1);
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM outbox"), 1);
}
END_TEST

START_TEST(the_stored_answer_stays_when_the_order_has_changed)
{
    struct reply first = ask(&c, ORDER_SVC, "POST", "/orders", order, "key");

    cancel_order(&c, first.location + strlen("/orders/"));
    ck_assert_str_eq(ask(&c, ORDER_SVC, "POST", "/orders", order, "key").body, first.body);
}
END_TEST

START_TEST(two_tries_in_one_turn_make_one_order)
{
    struct core *core = &c.cores[ORDER_SVC];
    struct request request = { .in = { .id = "request:1", .received_at = 1, .data = order }, .method = "POST",
                               .path = "/orders", .idempotency_key = "key", .arena = &c.arena };
    const char *allow;
    const struct route *route = service_route(core->service, "POST", "/orders", &c.arena, &request.param, &allow);

    ck_assert_int_eq(core_request(core, route, &request).status, 201);
    ck_assert(core_request(core, route, &request).replayed);
    ck_assert(group_commit(core->group));
    ck_assert_int_eq(orders(), 1);
}
END_TEST

START_TEST(the_same_key_with_another_body_is_a_422)
{
    struct reply reply;

    ask(&c, ORDER_SVC, "POST", "/orders", order, "key");
    reply = ask(&c, ORDER_SVC, "POST", "/orders", other, "key");
    ck_assert_int_eq(reply.status, 422);
    ck_assert_ptr_nonnull(strstr(reply.body, "/problems/key-reused"));
    ck_assert_int_eq(orders(), 1);
}
END_TEST

START_TEST(a_key_belongs_to_its_customer)
{
    ask(&c, ORDER_SVC, "POST", "/orders", order, "key");
    ck_assert_int_eq(ask(&c, ORDER_SVC, "POST", "/orders", of_bob, "key").status, 201);
    ck_assert_int_eq(orders(), 2);
}
END_TEST

START_TEST(without_a_key_the_same_body_is_another_order)
{
    ask(&c, ORDER_SVC, "POST", "/orders", order, NULL);
    ask(&c, ORDER_SVC, "POST", "/orders", order, NULL);
    ck_assert_int_eq(orders(), 2);
}
END_TEST

START_TEST(a_4xx_is_not_stored)
{
    const char *order_id = place_order(&c, "nobody");
    const char *path = arena_format(&c.arena, "/orders/%s/cancellation", order_id);

    ck_assert_int_eq(ask(&c, ORDER_SVC, "POST", "/orders", "{\"customer_id\":\"alice\"}", "key").status, 422);
    ck_assert_int_eq(ask(&c, ORDER_SVC, "POST", "/orders", order, "key").status, 201);
    ck_assert_int_eq(ask(&c, ORDER_SVC, "POST", "/orders/none/cancellation", NULL, "key").status, 404);
    run_until_quiet(&c);
    ck_assert_int_eq(ask(&c, ORDER_SVC, "POST", path, NULL, "key").status, 409);
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM idempotency_key"), 1);
}
END_TEST

START_TEST(a_cancellation_with_a_key_is_answered_again_as_it_was)
{
    const char *path = arena_format(&c.arena, "/orders/%s/cancellation", place_order(&c, "alice"));
    struct reply first = ask(&c, ORDER_SVC, "POST", path, NULL, "key"), second;

    run_until_quiet(&c);
    second = ask(&c, ORDER_SVC, "POST", path, NULL, "key");
    ck_assert(second.replayed);
    ck_assert_str_eq(second.body, first.body);
}
END_TEST

START_TEST(a_deposit_needs_a_key_and_counts_once)
{
    static const char ten[] = "{\"amount\":10,\"currency\":\"EUR\"}";

    ask(&c, PAYMENT_SVC, "PUT", "/accounts/alice", "{\"currency\":\"EUR\"}", NULL);
    ck_assert_int_eq(deposit(ten, NULL), 400);
    ck_assert_int_eq(balance(), 0);
    ck_assert_int_eq(deposit(ten, "a"), 201);
    ck_assert_int_eq(deposit(ten, "a"), 201);
    ck_assert_int_eq(balance(), 10);
    ck_assert_int_eq(deposit("{\"amount\":11,\"currency\":\"EUR\"}", "a"), 422);
    ck_assert_int_eq(balance(), 10);
    ck_assert_int_eq(deposit(ten, "b"), 201);
    ck_assert_int_eq(balance(), 20);
}
END_TEST

START_TEST(the_same_key_for_two_accounts_is_two_deposits)
{
    ask(&c, PAYMENT_SVC, "PUT", "/accounts/alice", "{\"currency\":\"EUR\"}", NULL);
    ask(&c, PAYMENT_SVC, "PUT", "/accounts/bob", "{\"currency\":\"EUR\"}", NULL);
    ck_assert_int_eq(deposit("{\"amount\":10,\"currency\":\"EUR\"}", "a"), 201);
    ck_assert_int_eq(ask(&c, PAYMENT_SVC, "POST", "/accounts/bob/deposits", "{\"amount\":10,\"currency\":\"EUR\"}",
                         "a").status, 201);
    ck_assert_int_eq(number_of(&c, PAYMENT_SVC, "SELECT sum(balance) FROM account"), 20);
}
END_TEST

START_TEST(opening_an_account_again_changes_nothing_and_another_currency_is_a_409)
{
    ck_assert_int_eq(ask(&c, PAYMENT_SVC, "PUT", "/accounts/alice", "{\"currency\":\"EUR\"}", NULL).status, 201);
    ck_assert_int_eq(ask(&c, PAYMENT_SVC, "PUT", "/accounts/alice", "{\"currency\":\"EUR\"}", NULL).status, 200);
    ck_assert_int_eq(ask(&c, PAYMENT_SVC, "PUT", "/accounts/alice", "{\"currency\":\"USD\"}", NULL).status, 409);
    ck_assert_int_eq(rows_in(&c, PAYMENT_SVC), 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("requests");
    TCase *tcase = tcase_create("requests");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_answer_to_an_order_is_what_is_read_afterwards);
    tcase_add_test(tcase, an_order_whose_event_cannot_be_written_is_not_there_and_the_answer_is_a_5xx);
    tcase_add_test(tcase, an_order_without_an_outbox_to_write_to_is_not_there_either);
    tcase_add_test(tcase, a_cancellation_whose_event_cannot_be_written_has_not_happened);
    tcase_add_test(tcase, one_request_that_fails_leaves_its_neighbours_in_the_turn_alone);
    tcase_add_test(tcase, a_reaction_whose_answer_cannot_be_written_changes_nothing_and_may_be_offered_again);
    tcase_add_test(tcase, a_4xx_means_that_nothing_happened);
    tcase_add_test(tcase, a_read_that_fails_outside_a_turn_leaves_nothing_behind);
    tcase_add_test(tcase, the_same_key_and_the_same_json_get_the_stored_answer);
    tcase_add_test(tcase, the_stored_answer_stays_when_the_order_has_changed);
    tcase_add_test(tcase, two_tries_in_one_turn_make_one_order);
    tcase_add_test(tcase, the_same_key_with_another_body_is_a_422);
    tcase_add_test(tcase, a_key_belongs_to_its_customer);
    tcase_add_test(tcase, without_a_key_the_same_body_is_another_order);
    tcase_add_test(tcase, a_4xx_is_not_stored);
    tcase_add_test(tcase, a_cancellation_with_a_key_is_answered_again_as_it_was);
    tcase_add_test(tcase, a_deposit_needs_a_key_and_counts_once);
    tcase_add_test(tcase, the_same_key_for_two_accounts_is_two_deposits);
    tcase_add_test(tcase, opening_an_account_again_changes_nothing_and_another_currency_is_a_409);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
