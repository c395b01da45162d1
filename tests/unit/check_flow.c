/* The language of flow files: what it takes, and how it tells a mistake. */
#include "../load/mix.h"
#include "../load/status.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Fixture: a folder of its own, so that a path is a name ---- */

static char folder[40];

static void
enter_folder(void)
{
    strcpy(folder, "/tmp/check_flow.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void
leave_folder(void)
{
    unlink("shop.flow");
    rmdir(folder);
}

/* ---- Helpers ---- */

static struct mix *
read_text(const char *text, char **error)
{
    FILE *file = fopen("shop.flow", "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    *error = NULL;
    return mix_read("shop.flow", error);
}

static struct mix *
read_good(const char *text)
{
    char *error;
    struct mix *mix = read_text(text, &error);

    ck_assert_msg(mix != NULL, "%s", error);
    return mix;
}

static void
expect_mistake(const char *text, const char *mistake)
{
    char *error;

    ck_assert_ptr_null(read_text(text, &error));
    ck_assert_str_eq(error, mistake);
    free(error);
}

#define ORDER "order 1 book at 500\n"

/* ---- Tests ---- */

START_TEST(every_step_is_read)
{
    struct mix *mix = read_good("# A comment.\n\n customer poor   # no money\n\tdeposit 5..10\n"
                                "order 1..3 book at 500..2500, 2 pen at 90, 10..20 times 1 nail at 5\nrepeat\n"
                                "wait until PAID or REJECTED within 2s\npause 5..50ms\ncancel\ncancel after 1s\n"
                                "expect CANCELLED\nexpect notified paid or cancelled within 3s\n"
                                "expect notified refunded\nwait until REFUNDED");
    const struct flow *flow = mix->shares[0].flow;
    const struct step *steps = flow->steps;

    ck_assert_int_eq(mix->count, 1);
    ck_assert_int_eq(mix->segment_count, 0);
    ck_assert_str_eq(flow->name, "shop");
    ck_assert_str_eq(flow->path, "shop.flow");
    ck_assert_int_eq(flow->customer, CUSTOMER_POOR);
    ck_assert_int_eq(flow->step_count, 11);
    ck_assert_int_eq(steps[0].kind, STEP_DEPOSIT);
    ck_assert_int_eq(steps[0].range.high, 10);
    ck_assert_int_eq(steps[1].kind, STEP_ORDER);
    ck_assert_int_eq(steps[1].line, 5);
    ck_assert_int_eq(steps[2].kind, STEP_REPEAT);
    ck_assert_int_eq(steps[3].kind, STEP_WAIT);
    ck_assert_int_eq(steps[3].statuses, PAID | REJECTED);
    ck_assert_int_eq(steps[3].within_us, 2000000);
    ck_assert_int_eq(steps[4].kind, STEP_PAUSE);
    ck_assert_int_eq(steps[4].range.low, 5000);
    ck_assert_int_eq(steps[4].range.high, 50000);
    ck_assert_int_eq(steps[5].kind, STEP_CANCEL);
    ck_assert_int_eq(steps[5].range.high, 0);
    ck_assert_int_eq(steps[6].kind, STEP_CANCEL);
    ck_assert_int_eq(steps[6].range.low, 1000000);
    ck_assert_int_eq(steps[7].kind, STEP_EXPECT);
    ck_assert_int_eq(steps[7].statuses, CANCELLED);
    ck_assert_int_eq(steps[8].kind, STEP_EXPECT_NOTIFIED);
    ck_assert_int_eq(steps[8].statuses, PAID | CANCELLED);
    ck_assert_int_eq(steps[8].within_us, 3000000);
    ck_assert_int_eq(steps[9].kind, STEP_EXPECT_NOTIFIED);
    ck_assert_int_eq(steps[9].within_us, 0);
    ck_assert_int_eq(steps[10].within_us, 0);
    mix_free(mix);
}
END_TEST

START_TEST(an_order_has_groups_of_items)
{
    struct mix *mix = read_good("order 1..3 book at 500..2500, 10..97 times 2 pen at 90\n");
    const struct flow *flow = mix->shares[0].flow;

    ck_assert_int_eq(flow->group_count, 2);
    ck_assert_int_eq(flow->most_items, 98);
    ck_assert_str_eq(flow->groups[0].sku, "book");
    ck_assert_int_eq(flow->groups[0].times.high, 1);
    ck_assert_int_eq(flow->groups[0].quantity.high, 3);
    ck_assert_int_eq(flow->groups[0].price.low, 500);
    ck_assert_int_eq(flow->groups[1].times.low, 10);
    ck_assert_int_eq(flow->groups[1].quantity.low, 2);
    ck_assert_int_eq(flow->groups[1].price.high, 90);
    mix_free(mix);
}
END_TEST

START_TEST(every_kind_of_customer_is_read)
{
    static const struct {
        const char *text;
        enum customer_kind kind;
    } kinds[] = {
        { ORDER, CUSTOMER_FUNDED },
        { "customer funded\n" ORDER, CUSTOMER_FUNDED },
        { "customer poor\n" ORDER, CUSTOMER_POOR },
        { "customer unknown\n" ORDER, CUSTOMER_UNKNOWN },
        { "customer hot\n" ORDER, CUSTOMER_HOT },
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct mix *mix = read_good(kinds[i].text);

        ck_assert_int_eq(mix->shares[0].flow->customer, kinds[i].kind);
        mix_free(mix);
    }
}
END_TEST

#define A_TIME "a time of at most an hour such as 20ms, 2s, 1min or 5..50ms"
#define A_LENGTH "a time of at most an hour such as 20ms, 2s or 1min"

static const struct {
    const char *text, *mistake;
} mistakes[] = {
    { "", "shop.flow:0: expected a flow, or a mix with a share as in `80 happy`, found the end of the file" },
    { "# nothing\n\n",
      "shop.flow:2: expected a flow, or a mix with a share as in `80 happy`, found the end of the file" },
    { "buy\n" ORDER,
      "shop.flow:1: expected customer, deposit, order, repeat, wait, expect, cancel or pause, found \"buy\"" },
    { ORDER "80 happy\n",
      "shop.flow:2: expected customer, deposit, order, repeat, wait, expect, cancel or pause, found \"80\"" },
    { ORDER "hold 500/s for 60s\n",
      "shop.flow:2: expected customer, deposit, order, repeat, wait, expect, cancel or pause, found \"hold\"" },
    { "pause 5s\n\n", "shop.flow:2: expected an order, found the end of the file" },
    { ORDER "order 1 pen at 5\n", "shop.flow:2: expected no second order: a flow places one" },
    { ORDER "customer poor\n", "shop.flow:2: expected `customer` before all other steps of the flow" },
    { ORDER "wait PAID\n", "shop.flow:2: expected until, found \"PAID\"" },
    { ORDER "wait until paid\n",
      "shop.flow:2: expected CREATED, PAID, REJECTED, CANCELLED or REFUNDED, found \"paid\"" },
    { ORDER "wait until PAID or\n",
      "shop.flow:2: expected CREATED, PAID, REJECTED, CANCELLED or REFUNDED, found the end of the line" },
    { ORDER "wait until PAID in 2s\n", "shop.flow:2: expected the end of the line, found \"in\"" },
    { ORDER "wait until PAID within 2\n", "shop.flow:2: expected " A_LENGTH ", found \"2\"" },
    { ORDER "wait until PAID within 0s\n", "shop.flow:2: expected " A_LENGTH ", found \"0s\"" },
    { ORDER "wait until PAID within 1..2s\n", "shop.flow:2: expected " A_LENGTH ", found \"1..2s\"" },
    { ORDER "expect\n",
      "shop.flow:2: expected CREATED, PAID, REJECTED, CANCELLED or REFUNDED, found the end of the line" },
    { ORDER "expect notified\n",
      "shop.flow:2: expected paid, rejected, cancelled or refunded, found the end of the line" },
    { ORDER "expect notified PAID\n", "shop.flow:2: expected paid, rejected, cancelled or refunded, found \"PAID\"" },
    { ORDER "expect notified created\n",
      "shop.flow:2: expected paid, rejected, cancelled or refunded, found \"created\"" },
    { ORDER "expect notified paid within\n", "shop.flow:2: expected " A_LENGTH ", found the end of the line" },
    { ORDER "expect notified paid soon\n", "shop.flow:2: expected the end of the line, found \"soon\"" },
    { ORDER "cancel after\n", "shop.flow:2: expected " A_TIME ", found the end of the line" },
    { ORDER "cancel later\n", "shop.flow:2: expected the end of the line, found \"later\"" },
    { ORDER "repeat twice\n", "shop.flow:2: expected the end of the line, found \"twice\"" },
    { ORDER "pause 61min\n", "shop.flow:2: expected " A_TIME ", found \"61min\"" },
    { ORDER "pause 5..2ms\n", "shop.flow:2: expected " A_TIME ", found \"5..2ms\"" },
    { "cancel\n", "shop.flow:1: expected `order` before `cancel`" },
    { "expect notified paid\n", "shop.flow:1: expected `order` before `expect`" },
    { "customer rich\n", "shop.flow:1: expected funded, poor, unknown or hot, found \"rich\"" },
    { "customer unknown\ndeposit 5\n",
      "shop.flow:2: expected no deposit: a customer who is unknown has no account" },
    { "deposit much\n",
      "shop.flow:1: expected an amount in minor units: a number from 1 to 1000000000000, or two as in 1..5, found \"much\"" },
    { "order book at 5\n",
      "shop.flow:1: expected a quantity: a number from 1 to 1000000, or two as in 1..5, found \"book\"" },
    { "order 1 book 5\n", "shop.flow:1: expected at, found \"5\"" },
    { "order 1 b\"k at 5\n", "shop.flow:1: expected the name of a thing, found \"b\"k\"" },
    { "order 1 a2345678901234567890123456789012 at 5\n", "shop.flow:1: the name of a thing has at most 31 characters" },
    { "order 1 book at 0\n",
      "shop.flow:1: expected a price in minor units: a number from 1 to 1000000, or two as in 1..5, found \"0\"" },
    { "order 1 book at 5,\n",
      "shop.flow:1: expected a quantity: a number from 1 to 1000000, or two as in 1..5, found the end of the line" },
    { "order 101 times 1 nail at 5\n",
      "shop.flow:1: expected how many items: a number from 1 to 100, or two as in 1..5, found \"101\"" },
    { "order 10..90 times 1 nail at 5, 11 times 1 pin at 1\n",
      "shop.flow:1: expected at most 100 items in an order, found up to 101" },
};

START_TEST(a_mistake_is_told_with_its_line_and_what_was_expected)
{
    expect_mistake(mistakes[_i].text, mistakes[_i].mistake);
}
END_TEST

/* The text, then a piece of it so many times. */
static void
expect_mistake_of_many(const char *text, const char *piece, int times, const char *mistake)
{
    char all[4000];
    size_t used = (size_t)snprintf(all, sizeof(all), "%s", text);

    for (int i = 0; i < times; i++)
        used += (size_t)snprintf(all + used, sizeof(all) - used, "%s", piece);
    expect_mistake(all, mistake);
}

START_TEST(too_much_is_a_mistake)
{
    expect_mistake_of_many("", "x", 600, "shop.flow:1: a line has less than 500 characters");
    expect_mistake_of_many("", "a ", 121, "shop.flow:1: a line has at most 120 words");
    expect_mistake_of_many(ORDER, "repeat\n", 32, "shop.flow:33: expected at most 32 steps in a flow");
    expect_mistake_of_many("order 1 x at 1", ",1 x at 1", 20,
                           "shop.flow:1: expected at most 20 things with commas between them");
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

    tcase_add_checked_fixture(tests, enter_folder, leave_folder);
    tcase_add_test(tests, every_step_is_read);
    tcase_add_test(tests, an_order_has_groups_of_items);
    tcase_add_test(tests, every_kind_of_customer_is_read);
    tcase_add_loop_test(tests, a_mistake_is_told_with_its_line_and_what_was_expected, 0,
                        (int)(sizeof(mistakes) / sizeof(mistakes[0])));
    tcase_add_test(tests, too_much_is_a_mistake);
    tcase_add_test(tests, states_follow_as_the_table_of_the_design_says);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
