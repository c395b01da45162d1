/* What the load driver knows of each second of a run: what processes use, and how seconds are kept. */
#include "../load/local_process.h"
#include "../load/timeline.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Fixture ---- */

static struct results results;
static struct process processes[2];
static struct reading readings[2];
static struct timeline timeline;

static void
set_up(void)
{
    results_begin(&results, 0);
    process_init(&processes[0], "order", GAUGES);
    process_init(&processes[1], "driver", RSS + 1);
    readings[0] = (struct reading){ { 12.5, 20, 3, 0.25, 7, 4.5, 30 } };
    readings[1] = reading_none;
    timeline_init(&timeline, 2);
}

static void
tear_down(void)
{
    timeline_release(&timeline);
}

/* ---- Helpers ---- */

/* A second that ends at so many, in which every order due was done, and the slowest took so long. */
static struct second
second_at(double at_s, uint64_t due, int slowest_ms)
{
    struct second second;

    results.due += due;
    results.started += due;
    results.done += due;
    if (slowest_ms > 0)
        results_measure(&results, TO_NOTIFIED, slowest_ms * 1000);
    results_second(&results, (int64_t)(at_s * 1e6), 0, &second);
    second.readings = readings;
    return second;
}

/* ---- Tests ---- */

START_TEST(metrics_are_read_and_lag_is_added)
{
    static const char metrics[] = "# HELP outbox_pending x\noutbox_pending 12\noutbox_pending_limit 1000\n"
                                  "process_cpu_seconds_total 1.25\nprocess_resident_memory_bytes 10485760\n"
                                  "outbox_oldest_age_seconds 0.75\nconsumer_lag{topic=\"a b\",partition=\"0\"} 3\n"
                                  "consumer_lag{topic=\"orders\",partition=\"1\"} 4\nconsumer_lag_other 9\n"
                                  "database_file_bytes{file=\"db\"} 1\ndatabase_file_bytes{file=\"wal\"} 5242880\n"
                                  "process_open_fds 31\n";
    struct reading reading = reading_of_metrics(metrics, sizeof(metrics) - 1);

    ck_assert_double_eq(reading.value[CPU], 1.25);
    ck_assert_double_eq(reading.value[RSS], 10);
    ck_assert_double_eq(reading.value[OUTBOX_PENDING], 12);
    ck_assert_double_eq(reading.value[OUTBOX_AGE], 0.75);
    ck_assert_double_eq(reading.value[LAG], 7);
    ck_assert_double_eq(reading.value[WAL], 5);
    ck_assert_double_eq(reading.value[OPEN_FDS], 31);
    ck_assert(isnan(reading_of_metrics("", 0).value[LAG]));
}
END_TEST

START_TEST(a_process_of_this_machine_is_read)
{
    ck_assert_double_gt(reading_of_pid(getpid()).value[RSS], 1);
    ck_assert_double_ge(reading_of_pid(getpid()).value[CPU], 0);
    ck_assert(isnan(reading_of_pid(0x7ffffffe).value[CPU]));
}
END_TEST

START_TEST(what_a_process_uses_survives_its_restart)
{
    struct process *process = &processes[0];

    process_take(process, (struct reading){ { 10, 1, 0, 0, 0 } }, 0);
    ck_assert(isnan(process->now.value[CPU]));          /* only a beginning */
    process_take(process, (struct reading){ { 10.5, 1, 0, 0, 0 } }, 1);
    ck_assert_double_eq_tol(process->now.value[CPU], 50, 1e-9);
    process_take(process, reading_none, 1);
    ck_assert(isnan(process->now.value[CPU]) && isnan(process->now.value[RSS]));
    process_take(process, (struct reading){ { 0.25, 8, 0, 0, 0 } }, 1);
    ck_assert(isnan(process->now.value[CPU]));          /* of more than this second */
    ck_assert_double_eq(process->now.value[RSS], 8);
    process_take(process, (struct reading){ { 0.35, 4, 0, 0, 0 } }, 0.5);
    ck_assert_double_eq_tol(process->now.value[CPU], 20, 1e-9);
    ck_assert_double_eq_tol(process->used_s, 0.85, 1e-9);
    ck_assert_double_eq(process->highest[RSS], 8);
}
END_TEST

START_TEST(a_process_that_is_started_again_is_found_by_its_file)
{
    char argument[] = "broker=/tmp/check_timeline.XXXXXX", *path = argument + strlen("broker=");
    struct local_processes locals = { .count = 0 };
    char *error = NULL;
    FILE *file = fdopen(mkstemp(path), "w");

    fprintf(file, "%d\n", getpid());
    fclose(file);
    ck_assert_int_eq(local_process_add(&locals, argument, &error), 0);
    ck_assert_double_gt(local_process_read(&locals.of[0]).value[RSS], 1);
    ck_assert_int_eq(truncate(path, 0), 0);
    ck_assert(isnan(local_process_read(&locals.of[0]).value[RSS]));
    unlink(path);
    ck_assert(isnan(local_process_read(&locals.of[0]).value[RSS]));
}
END_TEST

START_TEST(a_mistake_in_a_process_is_told)
{
    static const struct { const char *text, *mistake; } rows[] = {
        { "broker", "expected NAME=PID" }, { "=1", "expected NAME=PID" }, { "a.b=1", "expected NAME=PID" },
        { "broker=x", "expected the number of a process that runs" }, { "broker=2147483646", "expected the number" },
        { "order=1", "a process of this name" }, { "taken=1", "a process of this name" },
    };
    struct local_processes locals = { .count = 0 };
    char *error = NULL;

    ck_assert_int_eq(local_process_add(&locals, "taken=1", &error), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_int_eq(local_process_add(&locals, rows[i].text, &error), -1);
        ck_assert_msg(strstr(error, rows[i].mistake) != NULL, "%s: %s", rows[i].text, error);
        free(error);
    }
    ck_assert_int_eq(locals.count, 1);
}
END_TEST

START_TEST(the_backlog_at_the_end_is_that_of_the_last_second_with_new_orders)
{
    struct second second = second_at(1, 100, 5);

    results.due += 50;
    results_second(&results, 2000000, 0, &second);
    ck_assert_uint_eq(second.backlog, 50);
    results.done += 50;
    results_second(&results, 3000000, 4, &second);
    ck_assert_uint_eq(second.backlog, 0);
    ck_assert_uint_eq(second.count[COUNT_RETRIED], 4);
    ck_assert_uint_eq(results.backlog_end, 50);
    ck_assert_uint_eq(results.backlog_max, 50);
    ck_assert(isnan(second.ms[TO_NOTIFIED][P50]));
}
END_TEST

START_TEST(a_long_run_is_thinned_and_keeps_its_spike)
{
    double worst = 0, orders = 0;

    for (int at = 1; at <= 5 * TIMELINE_POINTS + 7; at++) {
        struct second second = second_at(at, 100, at == 4321 ? 900 : 5);

        timeline_add(&timeline, &second);
    }
    ck_assert_int_le(timeline.count, TIMELINE_POINTS);
    ck_assert_int_eq(timeline.stride, 8);
    for (int i = 0; i < timeline.count; i++) {
        worst = fmax(worst, timeline.points[i].ms[TO_NOTIFIED][P99]);
        orders += (double)timeline.points[i].count[COUNT_DONE];
        ck_assert_double_eq_tol(second_rate(&timeline.points[i], COUNT_DUE), 100, 1e-6);
        ck_assert_double_eq_tol(timeline.points[i].readings[0].value[CPU], 12.5, 1e-9);
        ck_assert(isnan(timeline.points[i].readings[1].value[CPU]));
    }
    ck_assert_double_eq_tol(worst, 900, 900 * 0.016);
    ck_assert_double_eq(orders, 100.0 * (5 * TIMELINE_POINTS + 7));
    ck_assert_double_eq(timeline.points[timeline.count - 1].at_s, 5 * TIMELINE_POINTS + 7);
}
END_TEST

START_TEST(a_short_remainder_joins_the_last_second)
{
    struct second second = second_at(1, 100, 5);

    timeline_add(&timeline, &second);
    second = second_at(1.1, 10, 80);
    timeline_add(&timeline, &second);
    ck_assert_int_eq(timeline.count, 1);
    ck_assert_uint_eq(timeline.points[0].count[COUNT_DONE], 110);
    ck_assert_double_lt(timeline.points[0].ms[TO_NOTIFIED][P50], 6);        /* one of few is no percentile */
    ck_assert_double_eq(timeline.points[0].ms[TO_NOTIFIED][LONGEST], 80);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("timeline");
    TCase *tcase = tcase_create("timeline");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, metrics_are_read_and_lag_is_added);
    tcase_add_test(tcase, a_process_of_this_machine_is_read);
    tcase_add_test(tcase, what_a_process_uses_survives_its_restart);
    tcase_add_test(tcase, a_process_that_is_started_again_is_found_by_its_file);
    tcase_add_test(tcase, a_mistake_in_a_process_is_told);
    tcase_add_test(tcase, the_backlog_at_the_end_is_that_of_the_last_second_with_new_orders);
    tcase_add_test(tcase, a_long_run_is_thinned_and_keeps_its_spike);
    tcase_add_test(tcase, a_short_remainder_joins_the_last_second);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
