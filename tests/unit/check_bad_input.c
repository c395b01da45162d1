/* Bad input over HTTP: each is a problem that names the field, and nothing is written. */
#include "choreography.h"

#include <check.h>
#include <string.h>

/* ---- Fixture ---- */

static struct choreography c;

static void
set_up(void)
{
    choreography_open(&c);
    open_account(&c, "alice", "EUR", 100);
    open_account(&c, "full", "EUR", 9007199254740991);
}

static void
tear_down(void)
{
    choreography_close(&c);
}

/* ---- Helpers ---- */

#define ROWS(table_) ((int)(sizeof(table_) / sizeof((table_)[0])))

/* An order with these parts, as JSON text. */
#define ORDER(customer_, currency_, items_) \
    "{\"customer_id\":" customer_ ",\"currency\":" currency_ ",\"items\":" items_ "}"
#define ITEM(sku_, quantity_, price_) "{\"sku\":" sku_ ",\"quantity\":" quantity_ ",\"unit_price\":" price_ "}"
#define ITEMS(items_) ORDER("\"alice\"", "\"EUR\"", items_)
#define ONE(sku_, quantity_, price_) ITEMS("[" ITEM(sku_, quantity_, price_) "]")
#define GOOD ITEM("\"book\"", "1", "1250")
#define TEN "abcdefghij"
#define SIXTY_FIVE TEN TEN TEN TEN TEN TEN "abcde"

struct bad {
    const char *body;
    int status;
    const char *field;      /* NULL: the whole body */
};

static const struct bad bad_orders[] = {
    /* no JSON object */
    { NULL, 400, NULL },
    { "", 400, NULL },
    { " ", 400, NULL },
    { "{", 400, NULL },
    { "{}x", 400, NULL },
    { "[]", 400, NULL },
    { "null", 400, NULL },
    { "true", 400, NULL },
    { "7", 400, NULL },
    { "\"{}\"", 400, NULL },
    { "{'customer_id':'alice'}", 400, NULL },
    { "{customer_id:\"alice\"}", 400, NULL },
    { "{\"customer_id\":\"alice\",}", 400, NULL },
    { "{\"customer_id\":\"alice\" /* who */}", 400, NULL },
    { ORDER("\"ali\\u0000ce\"", "\"EUR\"", "[" GOOD "]"), 400, NULL },
    { ORDER("\"ali\nce\"", "\"EUR\"", "[" GOOD "]"), 400, NULL },
    { ORDER("\"ali\\xce\"", "\"EUR\"", "[" GOOD "]"), 400, NULL },
    /* missing */
    { "{}", 422, "customer_id" },
    { "{\"currency\":\"EUR\",\"items\":[" GOOD "]}", 422, "customer_id" },
    { "{\"customer_id\":\"alice\",\"items\":[" GOOD "]}", 422, "currency" },
    { "{\"customer_id\":\"alice\",\"currency\":\"EUR\"}", 422, "items" },
    { ITEMS("[{\"quantity\":1,\"unit_price\":1}]"), 422, "items[0].sku" },
    { ITEMS("[{\"sku\":\"a\",\"unit_price\":1}]"), 422, "items[0].quantity" },
    { ITEMS("[{\"sku\":\"a\",\"quantity\":1}]"), 422, "items[0].unit_price" },
    /* wrong types */
    { ORDER("7", "\"EUR\"", "[" GOOD "]"), 422, "customer_id" },
    { ORDER("null", "\"EUR\"", "[" GOOD "]"), 422, "customer_id" },
    { ORDER("[\"alice\"]", "\"EUR\"", "[" GOOD "]"), 422, "customer_id" },
    { ORDER("{\"id\":\"alice\"}", "\"EUR\"", "[" GOOD "]"), 422, "customer_id" },
    { ORDER("true", "\"EUR\"", "[" GOOD "]"), 422, "customer_id" },
    { ITEMS("\"[]\""), 422, "items" },
    { ITEMS("{\"0\":" GOOD "}"), 422, "items" },
    { ITEMS("null"), 422, "items" },
    { ITEMS("1"), 422, "items" },
    { ITEMS("[7]"), 422, "items[0]" },
    { ITEMS("[[]]"), 422, "items[0]" },
    { ITEMS("[null]"), 422, "items[0]" },
    { ITEMS("[" GOOD ",null," GOOD "]"), 422, "items[1]" },
    { ITEMS("[\"book\"]"), 422, "items[0]" },
    { ITEMS("[\"{\\\"sku\\\":\\\"a\\\",\\\"quantity\\\":1,\\\"unit_price\\\":1}\"]"), 422, "items[0]" },
    { ONE("7", "1", "1"), 422, "items[0].sku" },
    { ONE("\"a\"", "\"5\"", "1"), 422, "items[0].quantity" },
    { ONE("\"a\"", "true", "1"), 422, "items[0].quantity" },
    { ONE("\"a\"", "null", "1"), 422, "items[0].quantity" },
    { ONE("\"a\"", "[1]", "1"), 422, "items[0].quantity" },
    { ONE("\"a\"", "1", "\"1250\""), 422, "items[0].unit_price" },
    /* numbers */
    { ONE("\"a\"", "0", "1"), 422, "items[0].quantity" },
    { ONE("\"a\"", "-1", "1"), 422, "items[0].quantity" },
    { ONE("\"a\"", "1000001", "1"), 422, "items[0].quantity" },
    { ONE("\"a\"", "1.0", "1"), 422, "items[0].quantity" },
    { ONE("\"a\"", "1e3", "1"), 422, "items[0].quantity" },
    { ONE("\"a\"", "1", "0"), 422, "items[0].unit_price" },
    { ONE("\"a\"", "1", "-0"), 422, "items[0].unit_price" },
    { ONE("\"a\"", "1", "-1250"), 422, "items[0].unit_price" },
    { ONE("\"a\"", "1", "12.50"), 422, "items[0].unit_price" },
    { ONE("\"a\"", "1", "9007199254740992"), 422, "items[0].unit_price" },
    { ONE("\"a\"", "1", "9223372036854775807"), 422, "items[0].unit_price" },
    { ONE("\"a\"", "1", "9223372036854775808"), 422, "items[0].unit_price" },
    { ONE("\"a\"", "1", "18446744073709551617"), 422, "items[0].unit_price" },
    { ONE("\"a\"", "1", "1e999"), 422, "items[0].unit_price" },
    { ONE("\"a\"", "01", "1"), 400, NULL },
    { ONE("\"a\"", "+1", "1"), 400, NULL },
    { ONE("\"a\"", "0x1", "1"), 400, NULL },
    { ONE("\"a\"", "NaN", "1"), 400, NULL },
    { ITEMS("[" GOOD "," ITEM("\"b\"", "1", "\"x\"") "]"), 422, "items[1].unit_price" },
    /* sums that are too large: one product, the sum of two */
    { ONE("\"a\"", "2", "9007199254740991"), 422, "items" },
    { ONE("\"a\"", "1000000", "9007199254740991"), 422, "items" },
    { ONE("\"a\"", "65536", "281474976710657"), 422, "items" },      /* 2^64 + 65536 */
    { ITEMS("[" ITEM("\"a\"", "1", "9007199254740991") "," ITEM("\"b\"", "1", "1") "]"), 422, "items" },
    /* texts */
    { ORDER("\"\"", "\"EUR\"", "[" GOOD "]"), 422, "customer_id" },
    { ORDER("\"" SIXTY_FIVE "\"", "\"EUR\"", "[" GOOD "]"), 422, "customer_id" },
    { ORDER("\"al/ice\"", "\"EUR\"", "[" GOOD "]"), 422, "customer_id" },
    { ORDER("\"al ice\"", "\"EUR\"", "[" GOOD "]"), 422, "customer_id" },
    { ORDER("\"al\\nice\"", "\"EUR\"", "[" GOOD "]"), 422, "customer_id" },
    { ORDER("\"al\\u00efce\"", "\"EUR\"", "[" GOOD "]"), 422, "customer_id" },
    { ORDER("\"\\ud800\"", "\"EUR\"", "[" GOOD "]"), 422, "customer_id" },
    { ONE("\"\"", "1", "1"), 422, "items[0].sku" },
    { ONE("\"" SIXTY_FIVE "\"", "1", "1"), 422, "items[0].sku" },
    { ONE("\"\\ud800\"", "1", "1"), 422, "items[0].sku" },
    { ONE("\"\\udc00x\"", "1", "1"), 422, "items[0].sku" },
    { ONE("\"\\ud800\\ud800\"", "1", "1"), 422, "items[0].sku" },
    /* currencies */
    { ORDER("\"alice\"", "\"eur\"", "[" GOOD "]"), 422, "currency" },
    { ORDER("\"alice\"", "\"EU\"", "[" GOOD "]"), 422, "currency" },
    { ORDER("\"alice\"", "\"EURO\"", "[" GOOD "]"), 422, "currency" },
    { ORDER("\"alice\"", "\"E\\u00dcR\"", "[" GOOD "]"), 422, "currency" },
    { ORDER("\"alice\"", "\"\"", "[" GOOD "]"), 422, "currency" },
    { ORDER("\"alice\"", "978", "[" GOOD "]"), 422, "currency" },
    /* numbers of items */
    { ITEMS("[]"), 422, "items" },
    /* duplicates, also hidden in an escape */
    { "{\"customer_id\":\"alice\",\"customer_id\":\"bob\",\"currency\":\"EUR\",\"items\":[" GOOD "]}", 422,
      "customer_id" },
    { "{\"currency\":\"EUR\",\"customer_id\":\"alice\",\"\\u0063urrency\":\"USD\",\"items\":[" GOOD "]}", 422,
      "currency" },
    { ITEMS("[" GOOD "],\"items\":[" GOOD "]"), 422, "items" },
    { ITEMS("[{\"sku\":\"a\",\"quantity\":1,\"quantity\":2,\"unit_price\":1}]"), 422, "items[0].quantity" },
};

static const struct bad bad_accounts[] = {
    { NULL, 400, NULL },
    { "[]", 400, NULL },
    { "{\"currency\":\"EUR\"", 400, NULL },
    { "{}", 422, "currency" },
    { "{\"currency\":null}", 422, "currency" },
    { "{\"currency\":[\"EUR\"]}", 422, "currency" },
    { "{\"currency\":\"Eur\"}", 422, "currency" },
    { "{\"currency\":\"EUR\",\"currency\":\"EUR\"}", 422, "currency" },
};

static const struct bad bad_deposits[] = {
    { NULL, 400, NULL },
    { "null", 400, NULL },
    { "{\"currency\":\"EUR\"}", 422, "amount" },
    { "{\"amount\":1}", 422, "currency" },
    { "{\"amount\":0,\"currency\":\"EUR\"}", 422, "amount" },
    { "{\"amount\":-1,\"currency\":\"EUR\"}", 422, "amount" },
    { "{\"amount\":1.0,\"currency\":\"EUR\"}", 422, "amount" },
    { "{\"amount\":1e3,\"currency\":\"EUR\"}", 422, "amount" },
    { "{\"amount\":true,\"currency\":\"EUR\"}", 422, "amount" },
    { "{\"amount\":\"5\",\"currency\":\"EUR\"}", 422, "amount" },
    { "{\"amount\":null,\"currency\":\"EUR\"}", 422, "amount" },
    { "{\"amount\":9007199254740992,\"currency\":\"EUR\"}", 422, "amount" },
    { "{\"amount\":9223372036854775808,\"currency\":\"EUR\"}", 422, "amount" },
    { "{\"amount\":1,\"amount\":1,\"currency\":\"EUR\"}", 422, "amount" },
    { "{\"amount\":1,\"currency\":\"eur\"}", 422, "currency" },
    { "{\"amount\":1,\"currency\":\"USD\"}", 409, "currency" },
    { "{\"amount\":9007199254740991,\"currency\":\"EUR\"}", 409, "amount" },     /* 100 are there */
};

static void
check_bad(enum member to, const char *method, const char *path, const struct bad *bad, const char *key)
{
    int64_t rows = rows_in(&c, to), balance = number_of(&c, PAYMENT_SVC, "SELECT sum(balance) FROM account");
    struct reply reply = ask(&c, to, method, path, bad->body, key);
    const char *field = arena_format(&c.arena, "\"field\":\"%s\"", bad->field == NULL ? "" : bad->field);
    const char *body = bad->body == NULL ? "no body" : bad->body;

    ck_assert_msg(reply.status == bad->status, "%s: %d, not %d: %s", body, reply.status, bad->status, reply.body);
    if (bad->field == NULL)
        ck_assert_msg(strstr(reply.body, "\"field\"") == NULL, "%s: %s", body, reply.body);
    else
        ck_assert_msg(strstr(reply.body, field) != NULL, "%s: should name %s: %s", body, bad->field, reply.body);
    ck_assert_ptr_nonnull(strstr(reply.body, "\"detail\":\""));
    ck_assert_int_eq(rows_in(&c, to), rows);
    ck_assert_int_eq(number_of(&c, PAYMENT_SVC, "SELECT sum(balance) FROM account"), balance);
}

/* An order of this many items. */
static const char *
order_of(int items)
{
    const char *text = GOOD;

    for (int i = 1; i < items; i++)
        text = arena_format(&c.arena, "%s,%s", text, GOOD);
    return arena_format(&c.arena, ITEMS("[%s]"), text);
}

/* ---- Tests ---- */

START_TEST(a_bad_order_is_a_problem_that_names_the_field_and_writes_nothing)
{
    check_bad(ORDER_SVC, "POST", "/orders", &bad_orders[_i], NULL);
    check_bad(ORDER_SVC, "POST", "/orders", &bad_orders[_i], "key");
}
END_TEST

START_TEST(a_bad_account_is_a_problem_that_names_the_field_and_writes_nothing)
{
    check_bad(PAYMENT_SVC, "PUT", "/accounts/bob", &bad_accounts[_i], NULL);
}
END_TEST

START_TEST(a_bad_deposit_is_a_problem_that_names_the_field_and_writes_nothing)
{
    check_bad(PAYMENT_SVC, "POST", "/accounts/alice/deposits", &bad_deposits[_i], "key");
}
END_TEST

START_TEST(one_hundred_items_are_an_order_and_101_are_not)
{
    struct bad too_many = { order_of(101), 422, "items" };
    struct reply reply = ask(&c, ORDER_SVC, "POST", "/orders", order_of(100), NULL);

    ck_assert_int_eq(reply.status, 201);
    ck_assert_ptr_nonnull(strstr(reply.body, "\"amount\":125000,"));
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM order_item"), 100);
    check_bad(ORDER_SVC, "POST", "/orders", &too_many, NULL);
}
END_TEST

START_TEST(an_account_has_a_customer_that_fits_into_a_path)
{
    static const char *const names[] = { "a b", "a\nb", "\xc3\xa9", "a'b", SIXTY_FIVE };
    static const struct bad bad = { "{\"currency\":\"EUR\"}", 422, "customer_id" };

    for (int i = 0; i < ROWS(names); i++)
        check_bad(PAYMENT_SVC, "PUT", arena_format(&c.arena, "/accounts/%s", names[i]), &bad, NULL);
}
END_TEST

START_TEST(a_deposit_to_an_account_that_is_not_there_is_a_404)
{
    int64_t rows = rows_in(&c, PAYMENT_SVC);

    ck_assert_int_eq(ask(&c, PAYMENT_SVC, "POST", "/accounts/bob/deposits", "{\"amount\":1,\"currency\":\"EUR\"}",
                         "key").status, 404);
    ck_assert_int_eq(rows_in(&c, PAYMENT_SVC), rows);
}
END_TEST

START_TEST(a_full_account_takes_no_more)
{
    static const struct bad bad = { "{\"amount\":1,\"currency\":\"EUR\"}", 409, "amount" };

    check_bad(PAYMENT_SVC, "POST", "/accounts/full/deposits", &bad, "key");
}
END_TEST

START_TEST(the_largest_order_and_the_oddest_names_are_good)
{
    static const char *const good[] = {
        ONE("\"a\"", "1", "9007199254740991"),
        ONE("\"a\"", "1000000", "9007199254"),
        ONE("\"\\ud83d\\ude00 \\\"quoted\\\" \\\\ \\/ \xea\xb0\x80\"", "1", "1"),
        ORDER("\"A.b_c-d@e\"", "\"XXX\"", "[" GOOD "]"),
        "{\"\":0,\"customer_id\":\"alice\",\"note\":{\"customer_id\":7},\"currency\":\"EUR\",\"items\":[" GOOD "]}",
    };

    for (int i = 0; i < ROWS(good); i++) {
        struct reply reply = ask(&c, ORDER_SVC, "POST", "/orders", good[i], NULL);

        ck_assert_msg(reply.status == 201, "%s: %s", good[i], reply.body);
    }
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT sum(json_valid(data)) FROM outbox"), ROWS(good));
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM order_item WHERE sku = "
                               "char(0x1f600) || ' \"quoted\" \\ / ' || char(0xac00)"), 1);
}
END_TEST

START_TEST(an_amount_is_exact_to_the_cent)
{
    for (int price = 1; price < 1000; price += 7) {
        const char *body = arena_format(&c.arena, ORDER("\"alice\"", "\"EUR\"", "[" ITEM("\"a\"", "3", "%d") "]"), price);

        ck_assert_int_eq(ask(&c, ORDER_SVC, "POST", "/orders", body, NULL).status, 201);
    }
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM orders JOIN order_item USING (order_id)"
                               " WHERE amount <> quantity * unit_price"), 0);
}
END_TEST

START_TEST(what_is_not_there_is_a_404_and_a_strange_status_a_422)
{
    ck_assert_int_eq(ask(&c, ORDER_SVC, "GET", "/orders/x", NULL, NULL).status, 404);
    ck_assert_int_eq(ask(&c, ORDER_SVC, "GET", "/orders/x/timeline", NULL, NULL).status, 404);
    ck_assert_int_eq(ask(&c, ORDER_SVC, "POST", "/orders/x/cancellation", NULL, NULL).status, 404);
    ck_assert_int_eq(ask(&c, PAYMENT_SVC, "GET", "/accounts/bob", NULL, NULL).status, 404);
    ck_assert_int_eq(ask(&c, PAYMENT_SVC, "GET", "/payments/x", NULL, NULL).status, 404);
    ck_assert_int_eq(ask(&c, NOTIFY_SVC, "GET", "/notifications", NULL, NULL).status, 422);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("bad input");
    TCase *tcase = tcase_create("bad input");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_bad_order_is_a_problem_that_names_the_field_and_writes_nothing, 0, ROWS(bad_orders));
    tcase_add_loop_test(tcase, a_bad_account_is_a_problem_that_names_the_field_and_writes_nothing, 0,
                        ROWS(bad_accounts));
    tcase_add_loop_test(tcase, a_bad_deposit_is_a_problem_that_names_the_field_and_writes_nothing, 0,
                        ROWS(bad_deposits));
    tcase_add_test(tcase, one_hundred_items_are_an_order_and_101_are_not);
    tcase_add_test(tcase, an_account_has_a_customer_that_fits_into_a_path);
    tcase_add_test(tcase, a_deposit_to_an_account_that_is_not_there_is_a_404);
    tcase_add_test(tcase, a_full_account_takes_no_more);
    tcase_add_test(tcase, the_largest_order_and_the_oddest_names_are_good);
    tcase_add_test(tcase, an_amount_is_exact_to_the_cent);
    tcase_add_test(tcase, what_is_not_there_is_a_404_and_a_strange_status_a_422);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
