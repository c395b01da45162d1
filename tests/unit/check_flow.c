/* The language of flow files: what it takes, and how it tells a mistake. */
#include "../load/flow.h"
#include "../load/status.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- Helpers ---- */

static struct flows *
read_text(const char *text, char **error)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    struct flows *flows;

    ck_assert_ptr_nonnull(file);
    *error = NULL;
    flows = flows_read(file, "shop.flow", error);
    fclose(file);
    return flows;
}

static struct flows *
read_good(const char *text)
{
    char *error;
    struct flows *flows = read_text(text, &error);

    ck_assert_msg(flows != NULL, "%s", error);
    return flows;
}

static void
expect_mistake(const char *text, const char *mistake)
{
    char *error;
    struct flows *flows = read_text(text, &error);

    ck_assert_ptr_null(flows);
    ck_assert_str_eq(error, mistake);
    free(error);
}

#define ORDERS "flow f 1\norder 1 book at 500\n"

/* ---- Tests ---- */

START_TEST(every_step_is_read)
{
    struct flows *flows = read_good("# A comment.\n\nflow all 7   # seven\n customer poor\n\tdeposit 5..10\n"
                                    "order 1..3 book at 500..2500, 2 pen at 90\nrepeat\n"
                                    "wait until PAID or REJECTED within 2s\npause 5..50ms\ncancel\nexpect CANCELLED\n"
                                    "wait until REFUNDED");
    const struct flow *flow = &flows->flows[0];
    const struct step *steps = flow->steps;

    ck_assert_int_eq(flows->count, 1);
    ck_assert_int_eq(flows->weights, 7);
    ck_assert_str_eq(flow->name, "all");
    ck_assert_int_eq(flow->customer, CUSTOMER_POOR);
    ck_assert_int_eq(flow->step_count, 8);
    ck_assert_int_eq(steps[0].kind, STEP_DEPOSIT);
    ck_assert_int_eq(steps[0].range.high, 10);
    ck_assert_int_eq(steps[1].kind, STEP_ORDER);
    ck_assert_int_eq(steps[1].line, 6);
    ck_assert_int_eq(flow->item_count, 2);
    ck_assert_str_eq(flow->items[0].sku, "book");
    ck_assert_int_eq(flow->items[0].quantity.high, 3);
    ck_assert_int_eq(flow->items[0].price.low, 500);
    ck_assert_int_eq(flow->items[1].quantity.low, 2);
    ck_assert_int_eq(flow->items[1].price.high, 90);
    ck_assert_int_eq(steps[2].kind, STEP_REPEAT);
    ck_assert_int_eq(steps[3].statuses, PAID | REJECTED);
    ck_assert_int_eq(steps[3].within_us, 2000000);
    ck_assert_int_eq(steps[4].range.low, 5000);
    ck_assert_int_eq(steps[4].range.high, 50000);
    ck_assert_int_eq(steps[6].statuses, CANCELLED);
    ck_assert_int_eq(steps[7].within_us, 0);
    flows_free(flows);
}
END_TEST

START_TEST(weights_choose_the_flow)
{
    struct flows *flows = read_good("flow a 2\norder 1 x at 1\nflow b 1\norder 1 x at 1\n");

    ck_assert_str_eq(flows_choose(flows, 0)->name, "a");
    ck_assert_str_eq(flows_choose(flows, 1)->name, "a");
    ck_assert_str_eq(flows_choose(flows, 2)->name, "b");
    flows_free(flows);
}
END_TEST

START_TEST(the_file_that_is_shipped_is_right)
{
    FILE *file = fopen("tests/load/flows/mixed.flow", "r");
    char *error = NULL;
    struct flows *flows;

    ck_assert_msg(file != NULL, "run it in the project's folder");
    flows = flows_read(file, "mixed.flow", &error);
    ck_assert_msg(flows != NULL, "%s", error);
    ck_assert_int_eq(flows->weights, 100);
    fclose(file);
    flows_free(flows);
}
END_TEST

static const struct {
    const char *text, *mistake;
} mistakes[] = {
    { "", "shop.flow:0: expected at least one `flow NAME WEIGHT`" },
    { "order 1 book at 5\n", "shop.flow:1: expected `flow NAME WEIGHT` before the first step" },
    { "flow\n", "shop.flow:1: expected the name of a flow, found the end of the line" },
    { "flow a/b 1\n", "shop.flow:1: expected the name of a flow, found \"a/b\"" },
    { "flow f\n", "shop.flow:1: expected its weight: a number from 1 to 1000000, or two as in 1..5, found the end of the line" },
    { "flow f 1..2\n", "shop.flow:1: a weight is one number" },
    { "flow f 1 2\n", "shop.flow:1: expected the end of the line, found \"2\"" },
    { "\nflow f 1\n\nflow g 1\n", "shop.flow:2: expected an order in flow f" },
    { "flow f 1\n", "shop.flow:1: expected an order in flow f" },
    { ORDERS "flow f 2\n", "shop.flow:3: flow f is in line 1 already; choose another name" },
    { ORDERS "buy\n", "shop.flow:3: expected flow, customer, deposit, order, repeat, wait, expect, cancel or pause, "
                      "found \"buy\"" },
    { ORDERS "order 1 pen at 5\n", "shop.flow:3: expected no second order: a flow places one" },
    { ORDERS "customer poor\n", "shop.flow:3: expected `customer` before all other steps of the flow" },
    { ORDERS "wait PAID\n", "shop.flow:3: expected until, found \"PAID\"" },
    { ORDERS "wait until paid\n",
      "shop.flow:3: expected CREATED, PAID, REJECTED, CANCELLED or REFUNDED, found \"paid\"" },
    { ORDERS "wait until PAID or\n",
      "shop.flow:3: expected CREATED, PAID, REJECTED, CANCELLED or REFUNDED, found the end of the line" },
    { ORDERS "wait until PAID in 2s\n", "shop.flow:3: expected the end of the line, found \"in\"" },
    { ORDERS "wait until PAID within 2\n",
      "shop.flow:3: expected a time of at most an hour such as 20ms, 2s, 1min or 5..50ms, found \"2\"" },
    { ORDERS "pause 61min\n",
      "shop.flow:3: expected a time of at most an hour such as 20ms, 2s, 1min or 5..50ms, found \"61min\"" },
    { ORDERS "pause 5..2ms\n",
      "shop.flow:3: expected a time of at most an hour such as 20ms, 2s, 1min or 5..50ms, found \"5..2ms\"" },
    { "flow f 1\ncancel\n", "shop.flow:2: expected `order` before `cancel`" },
    { "flow f 1\ncustomer rich\n", "shop.flow:2: expected funded, poor or unknown, found \"rich\"" },
    { "flow f 1\ncustomer unknown\ndeposit 5\n",
      "shop.flow:3: expected no deposit: a customer who is unknown has no account" },
    { "flow f 1\norder book at 5\n",
      "shop.flow:2: expected a quantity: a number from 1 to 1000000, or two as in 1..5, found \"book\"" },
    { "flow f 1\norder 1 book 5\n", "shop.flow:2: expected at, found \"5\"" },
    { "flow f 1\norder 1 b\"k at 5\n", "shop.flow:2: expected the name of a thing, found \"b\"k\"" },
    { "flow f 1\norder 1 book at 0\n",
      "shop.flow:2: expected a price in minor units: a number from 1 to 1000000, or two as in 1..5, found \"0\"" },
    { "flow f 1\norder 1 book at 5,\n",
      "shop.flow:2: expected a quantity: a number from 1 to 1000000, or two as in 1..5, found the end of the line" },
};

START_TEST(a_mistake_is_told_with_its_line_and_what_was_expected)
{
    expect_mistake(mistakes[_i].text, mistakes[_i].mistake);
}
END_TEST

START_TEST(a_line_too_long_is_a_mistake)
{
    char text[1200];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    expect_mistake(text, "shop.flow:1: a line has less than 500 characters");
}
END_TEST

START_TEST(states_follow_as_the_table_of_the_design_says)
{
    ck_assert(status_may_follow(CREATED, PAID) && status_may_follow(PAID, REFUNDED));
    ck_assert(status_may_follow(REJECTED, REJECTED) && !status_may_follow(REJECTED, CANCELLED));
    ck_assert(!status_may_follow(PAID, CREATED) && !status_may_follow(REFUNDED, CANCELLED));
    ck_assert(status_may_reach(PAID, CANCELLED | REFUNDED) && !status_may_reach(CANCELLED, PAID | REJECTED));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("flow");
    TCase *tests = tcase_create("flow");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, every_step_is_read);
    tcase_add_test(tests, weights_choose_the_flow);
    tcase_add_test(tests, the_file_that_is_shipped_is_right);
    tcase_add_loop_test(tests, a_mistake_is_told_with_its_line_and_what_was_expected, 0,
                        (int)(sizeof(mistakes) / sizeof(mistakes[0])));
    tcase_add_test(tests, a_line_too_long_is_a_mistake);
    tcase_add_test(tests, states_follow_as_the_table_of_the_design_says);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
