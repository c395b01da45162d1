/* The search for the highest rate whose backlog does not grow. */
#include "../load/knee.h"

#include <check.h>

/* ---- Helpers ---- */

enum { SAMPLES = 200, SECONDS = 8 };

/* A probe at 1,000/s with this backlog at its beginning and at its end, and a stall of so many samples near the end. */
static struct probe
judge(double begin, double end, int stalled)
{
    struct probe probe = { .rate = 1000 };
    int64_t samples[SAMPLES];

    for (int i = 0; i < SAMPLES; i++)
        samples[i] = (int64_t)(begin + (end - begin) * i / SAMPLES);
    for (int i = SAMPLES - 10 - stalled; i < SAMPLES - 10; i++)
        samples[i] += 900;
    probe_judge(&probe, samples, SAMPLES, SECONDS);
    return probe;
}

/* A service that does so many a second, and has an off day at one probe. */
static void
search(struct knee *knee, int64_t from, int64_t capacity, int off_day)
{
    int64_t rate;

    knee_init(knee, from);
    while ((rate = knee_next(knee)) != 0) {
        ck_assert_int_lt(knee->count, KNEE_PROBES);
        knee_add(knee, &(struct probe){ .rate = rate, .held = rate <= capacity && knee->count != off_day });
    }
}

/* ---- Tests ---- */

START_TEST(a_small_backlog_is_no_queue)
{
    ck_assert(judge(10, 10, 0).held);
    ck_assert(judge(0, 90, 0).held);
}
END_TEST

START_TEST(a_backlog_that_grows_does_not_hold)
{
    struct probe probe = judge(0, 800, 0);

    ck_assert(!probe.held);
    ck_assert_double_eq_tol(probe.growth, 100, 5);      /* 800 in 8 s */
}
END_TEST

START_TEST(a_backlog_that_stays_holds)
{
    ck_assert(judge(500, 520, 0).held);
    ck_assert(judge(700, 400, 0).held);
}
END_TEST

START_TEST(a_backlog_of_more_than_a_second_does_not_hold)
{
    ck_assert(!judge(1500, 1500, 0).held);
}
END_TEST

START_TEST(a_short_stall_changes_nothing)
{
    ck_assert(judge(300, 300, 20).held);
    ck_assert(!judge(300, 300, 30).held);
}
END_TEST

START_TEST(low_rates_are_judged_by_whole_orders)
{
    struct probe probe = { .rate = 1 };
    int64_t samples[SAMPLES] = { 0 };

    samples[SAMPLES - 1] = 1;
    probe_judge(&probe, samples, SAMPLES, SECONDS);
    ck_assert(probe.held);
}
END_TEST

static const int64_t capacities[] = { 1, 2, 7, 99, 100, 101, 850, 4999, 7777, 40000 };

START_TEST(the_knee_is_found_within_five_percent)
{
    int64_t capacity = capacities[_i];
    struct knee knee;

    search(&knee, 100, capacity, -1);
    ck_assert_int_gt(knee.low, 0);
    ck_assert_int_le(knee.low, capacity);
    ck_assert_int_gt(knee.high, capacity);
    ck_assert((double)knee.high <= (double)knee.low * 1.05 || knee.high == knee.low + 1);
}
END_TEST

START_TEST(one_bad_probe_is_no_verdict)
{
    struct knee knee;

    search(&knee, 100, 1000, 2);
    ck_assert_int_ge(knee.low, 950);
    ck_assert_int_le(knee.low, 1000);
}
END_TEST

START_TEST(no_rate_may_hold)
{
    struct knee knee;

    search(&knee, 100, 0, -1);
    ck_assert_int_eq(knee.low, 0);
}
END_TEST

START_TEST(the_search_ends_at_what_the_driver_can_do)
{
    struct knee knee;

    search(&knee, 100, INT64_MAX, -1);
    ck_assert_int_eq(knee.low, 51200);
    ck_assert_int_eq(knee.high, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("knee");
    TCase *tests = tcase_create("knee");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, a_small_backlog_is_no_queue);
    tcase_add_test(tests, a_backlog_that_grows_does_not_hold);
    tcase_add_test(tests, a_backlog_that_stays_holds);
    tcase_add_test(tests, a_backlog_of_more_than_a_second_does_not_hold);
    tcase_add_test(tests, a_short_stall_changes_nothing);
    tcase_add_test(tests, low_rates_are_judged_by_whole_orders);
    tcase_add_loop_test(tests, the_knee_is_found_within_five_percent, 0,
                        (int)(sizeof(capacities) / sizeof(capacities[0])));
    tcase_add_test(tests, one_bad_probe_is_no_verdict);
    tcase_add_test(tests, no_rate_may_hold);
    tcase_add_test(tests, the_search_ends_at_what_the_driver_can_do);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
