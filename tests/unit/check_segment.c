/* The lines of a schedule, the mistakes in them, and which order is due when. */
#include "../load/segment.h"
#include "../load/words.h"

#include <check.h>
#include <stdlib.h>

/* ---- Helpers ---- */

static int
read_line(const char *line, struct segment *segment, char **error)
{
    struct words words = { .file = "m.flow", .line = 1, .error = error };
    int64_t rate = 0;

    *error = NULL;
    ck_assert_int_eq(words_split(&words, line), 0);
    return segment_read_line(segment, &words, &rate);
}

static struct segment
read_good(const char *line)
{
    struct segment segment;
    char *error;

    ck_assert_msg(read_line(line, &segment, &error) == 0, "%s", error);
    return segment;
}

/* ---- Tests ---- */

START_TEST(a_steady_rate_is_due_evenly)
{
    struct segment hold = read_good("hold 50/s for 2s");

    ck_assert_uint_eq(segment_orders(&hold), 100);
    ck_assert_int_eq(segment_due_us(&hold, 0), 0);
    ck_assert_int_eq(segment_due_us(&hold, 1), 20000);
    ck_assert_int_eq(segment_due_us(&hold, 99), 1980000);
    ck_assert_uint_eq(segment_due(&hold, 0), 1);
    ck_assert_uint_eq(segment_due(&hold, 19999), 1);
    ck_assert_uint_eq(segment_due(&hold, 20001), 2);
    ck_assert_uint_eq(segment_due(&hold, 5000000), 100);
}
END_TEST

START_TEST(a_ramp_is_due_faster_and_faster_or_slower_and_slower)
{
    struct segment up = read_good("ramp 0..100/s over 2s"), down = read_good("ramp 100..0/s over 2s");

    ck_assert_uint_eq(segment_orders(&up), 100);
    ck_assert_int_eq(segment_due_us(&up, 0), 0);
    ck_assert_int_eq(segment_due_us(&up, 25), 1000000);         /* half the time, a quarter of the orders */
    ck_assert_int_eq(segment_due_us(&down, 75), 1000000);
    ck_assert_uint_eq(segment_due(&down, 2000000), 100);
    for (uint64_t i = 0; i < 99; i++) {
        ck_assert_int_lt(segment_due_us(&up, i), segment_due_us(&up, i + 1));
        ck_assert_int_lt(segment_due_us(&down, i), segment_due_us(&down, i + 1));
        ck_assert_uint_eq(segment_due(&up, segment_due_us(&up, i) + 1), i + 1);
        ck_assert_uint_eq(segment_due(&down, segment_due_us(&down, i) + 1), i + 1);
    }
}
END_TEST

START_TEST(silence_is_a_rate_too)
{
    struct segment hold = read_good("hold 0/s for 2s");

    ck_assert_uint_eq(segment_orders(&hold), 0);
    ck_assert_uint_eq(segment_due(&hold, 1000000), 0);
}
END_TEST

#define A_LENGTH "a time of at most an hour such as 20ms, 2s or 1min"
#define A_RATE "orders a second such as 500/s, at most 100000/s"
#define TWO_RATES "orders a second at first and at last such as 0..500/s, at most 100000/s"

static const struct {
    const char *line, *mistake;
} mistakes[] = {
    { "ramp 500/s over 10s", "m.flow:1: expected " TWO_RATES ", found \"500/s\"" },
    { "ramp 0..500 over 10s", "m.flow:1: expected " TWO_RATES ", found \"0..500\"" },
    { "ramp 0..100001/s over 10s", "m.flow:1: expected " TWO_RATES ", found \"0..100001/s\"" },
    { "ramp 0..500/s for 10s", "m.flow:1: expected over, found \"for\"" },
    { "ramp 0..500/s over", "m.flow:1: expected " A_LENGTH ", found the end of the line" },
    { "hold 5", "m.flow:1: expected " A_RATE ", found \"5\"" },
    { "hold 1..5/s for 1s", "m.flow:1: expected " A_RATE ", found \"1..5/s\"" },
    { "hold 5/s over 1s", "m.flow:1: expected for, found \"over\"" },
    { "hold 5/s for ever", "m.flow:1: expected " A_LENGTH ", found \"ever\"" },
    { "hold 5/s for 0s", "m.flow:1: expected " A_LENGTH ", found \"0s\"" },
    { "burst 2000/s over 1s",
      "m.flow:1: expected how many orders: a number from 1 to 1000000, found \"2000/s\"" },
    { "burst 2000 for 1s", "m.flow:1: expected over, found \"for\"" },
    { "burst 2000 over 1..2s", "m.flow:1: expected " A_LENGTH ", found \"1..2s\"" },
    { "drain 5s", "m.flow:1: expected the end of the line, found \"5s\"" },
    { "closed many clients for 5s",
      "m.flow:1: expected how many clients: a number from 1 to 10000, found \"many\"" },
    { "closed 5 for 5s", "m.flow:1: expected clients, found \"for\"" },
    { "closed 5 clients over 5s", "m.flow:1: expected for, found \"over\"" },
    { "closed 5 clients for 5", "m.flow:1: expected " A_LENGTH ", found \"5\"" },
};

START_TEST(a_mistake_is_told_with_its_line_and_what_was_expected)
{
    struct segment segment;
    char *error;

    ck_assert_int_eq(read_line(mistakes[_i].line, &segment, &error), -1);
    ck_assert_str_eq(error, mistakes[_i].mistake);
    free(error);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("segment");
    TCase *tests = tcase_create("segment");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, a_steady_rate_is_due_evenly);
    tcase_add_test(tests, a_ramp_is_due_faster_and_faster_or_slower_and_slower);
    tcase_add_test(tests, silence_is_a_rate_too);
    tcase_add_loop_test(tests, a_mistake_is_told_with_its_line_and_what_was_expected, 0,
                        (int)(sizeof(mistakes) / sizeof(mistakes[0])));
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
