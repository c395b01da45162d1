/* --check of the load driver: every name it knows, every operator, and how it tells a mistake. */
#include "../load/arguments.h"
#include "../load/criteria.h"
#include "../load/outcome.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Fixture ---- */

static struct arguments arguments;
static struct results results;
static struct results_context context;
static struct process processes[5];
static struct criteria criteria;
static struct outcome outcome;

static void
fill_process(int i, const char *name, double scale)
{
    process_init(&processes[i], name, GAUGES);
    processes[i].counter_s = 1;
    processes[i].used_s = 0.08 * scale;
    for (int gauge = 0; gauge < GAUGES; gauge++)
        processes[i].highest[gauge] = scale * (gauge + 1);
}

/* 100 orders sent, each figure another number. order-svc has two shards. */
static void
set_up(void)
{
    memset(&results, 0, sizeof(results));
    arguments.order.count = arguments.payment.count = arguments.notify.count = 2;
    arguments.processes.count = 1;
    strcpy(arguments.processes.of[0].name, "the-broker");
    results.started = 100;
    results.accepted = 80;
    results.refused = 11;
    results.unknown = 9;
    results.ended = 77;
    results.failed = 5;
    results.notified = 74;
    results.missing = 6;
    results.undelivered = 2;
    results.backlog_end = 17;
    results.backlog_max = 23;
    results.last_accepted_us = 1600000;
    results.last_ended_us = 2000000;
    context.retries = 13;
    for (int i = 0; i < MEASURES; i++)
        for (int ms = 1; ms <= 1000; ms++)
            latency_add(&results.total[i], (int64_t)ms * 1000 * (i + 1));
    fill_process(0, "order.0", 1);
    fill_process(1, "order.1", 10);
    fill_process(2, "payment.0", 2);
    fill_process(3, "driver", 3);
    fill_process(4, "the-broker", 4);
    outcome = (struct outcome){ .arguments = &arguments, .results = &results, .context = &context, .criteria = &criteria,
                                .processes = processes, .process_count = 5, .ended = true };
}

/* ---- Helpers ---- */

static double
value_of(const char *name)
{
    struct figure figure;

    ck_assert_msg(figure_find(&figure, name, strlen(name), &arguments) == 0, "%s is not found", name);
    return figure_value(&figure, &outcome);
}

static void
read_good(const char *text)
{
    char *error = NULL;

    ck_assert_msg(criteria_read(&criteria, text, &arguments, &error) == 0, "%s", error);
    criteria_measure(&criteria, &outcome);
}

static bool
holds(const char *text)
{
    read_good(text);
    ck_assert_int_eq(criteria.count, 1);
    return criteria.of[0].holds;
}

static void
expect_mistake(const char *text, const char *mistake)
{
    char *error = NULL;

    ck_assert_int_eq(criteria_read(&criteria, text, &arguments, &error), -1);
    ck_assert_msg(strncmp(error, mistake, strlen(mistake)) == 0, "%s", error);
    free(error);
}

/* ---- Tests ---- */

START_TEST(every_count_has_its_name)
{
    static const struct { const char *name; double value; } rows[] = {
        { "sent", 100 }, { "accepted", 80 }, { "refused", 11 }, { "unknown", 9 }, { "ended", 77 }, { "lost", 3 },
        { "failed", 5 }, { "retried", 13 }, { "notified", 74 }, { "missing", 6 }, { "undelivered", 2 },
        { "backlog_end", 17 }, { "backlog_max", 23 }, { "rate", 38.5 }, { "rate_accepted", 50 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(fabs(value_of(rows[i].name) - rows[i].value) < 1e-9, "%s", rows[i].name);
}
END_TEST

/* A histogram is at most 1.6 % wrong. */
START_TEST(every_percentile_of_every_measure_has_its_name)
{
    static const struct { const char *point; double ms; } rows[] = {
        { "p50", 500 }, { "p90", 900 }, { "p99", 990 }, { "p999", 999 }, { "max", 1000 },
    };
    char name[40];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int measure = 0; measure < MEASURES; measure++) {
            snprintf(name, sizeof(name), "%s_%s", results_measures[measure], rows[i].point);
            ck_assert_double_eq_tol(value_of(name), rows[i].ms * (measure + 1), rows[i].ms * (measure + 1) * 0.016);
        }
        ck_assert_double_eq_tol(value_of(rows[i].point), value_of(name), 1e-9);     /* without a prefix: notified */
    }
}
END_TEST

START_TEST(a_service_is_all_of_its_shards)
{
    ck_assert_double_eq_tol(value_of("order.0_cpu_us"), 1000, 1e-6);
    ck_assert_double_eq_tol(value_of("order.1_cpu_us"), 10000, 1e-6);
    ck_assert_double_eq_tol(value_of("order_cpu_us"), 11000, 1e-6);
    ck_assert_double_eq_tol(value_of("order_cpu_percent"), 11, 1e-9);
    ck_assert_double_eq_tol(value_of("order_rss_mb"), 22, 1e-9);
    ck_assert_double_eq_tol(value_of("order_outbox_pending"), 33, 1e-9);
    ck_assert_double_eq_tol(value_of("order_outbox_age"), 40000, 1e-9);     /* the oldest of all, in ms */
    ck_assert_double_eq_tol(value_of("order_lag"), 55, 1e-9);
    ck_assert_double_eq_tol(value_of("order_wal_mb"), 66, 1e-9);
    ck_assert_double_eq_tol(value_of("order_open_fds"), 77, 1e-9);
    ck_assert_double_eq_tol(value_of("payment_rss_mb"), 4, 1e-9);
    ck_assert_double_eq_tol(value_of("driver_cpu_us"), 3000, 1e-6);
    ck_assert_double_eq_tol(value_of("the-broker_rss_mb"), 8, 1e-9);
    ck_assert(isnan(value_of("notify_rss_mb")));
}
END_TEST

START_TEST(every_operator_compares)
{
    ck_assert(holds("sent<101") && !holds("sent<100"));
    ck_assert(holds("sent<=100") && !holds("sent<=99.5"));
    ck_assert(holds("sent>99") && !holds("sent>100"));
    ck_assert(holds("sent>=100") && !holds("sent>=101"));
    ck_assert(holds("sent==100") && !holds("sent==99"));
    ck_assert(holds("sent!=99") && !holds("sent!=100"));
}
END_TEST

START_TEST(a_time_has_a_unit)
{
    ck_assert(holds("max<=3000ms") && holds("max<=3s") && holds("max<=3000000us"));
    ck_assert(!holds("max<2999ms") && !holds("max < 2.9 s"));
    ck_assert(holds("order_outbox_age==40s"));
}
END_TEST

START_TEST(a_list_has_commas_and_may_have_blanks)
{
    read_good(" p99 < 50ms, lost == 0 ,rate>=38.5");
    ck_assert_int_eq(criteria.count, 3);
    ck_assert_str_eq(criteria.of[1].text, "lost == 0");
    ck_assert(!criteria.of[0].holds && !criteria.of[1].holds && criteria.of[2].holds);
    read_good(NULL);
    ck_assert_int_eq(criteria.count, 0);
}
END_TEST

START_TEST(what_was_not_measured_does_not_hold)
{
    char measured[60];

    memset(&results.total[TO_NOTIFIED], 0, sizeof(results.total[TO_NOTIFIED]));
    ck_assert(!holds("p99<50ms") && !holds("p99!=50ms") && !holds("notify_rss_mb<1000"));
    read_good("p99<50ms");
    criterion_measured(&criteria.of[0], measured, sizeof(measured));
    ck_assert_str_eq(measured, "nothing");
}
END_TEST

START_TEST(a_good_run_is_one_whose_criteria_hold_and_that_nobody_stopped)
{
    results.failed = results.missing = results.undelivered = 0;
    results.ended = results.notified = results.accepted;
    read_good("lost==0");
    ck_assert(outcome_is_good(&outcome));
    read_good("lost==0,sent==99");
    ck_assert(!outcome_is_good(&outcome));
    read_good("lost==0");
    outcome.ended = false;
    ck_assert(!outcome_is_good(&outcome));
}
END_TEST

START_TEST(a_mistake_is_told_with_its_place)
{
    expect_mistake("", "--check, character 1: found the end, expected p50, p90");
    expect_mistake("lost==0,", "--check, character 9: found the end, expected p50, p90");
    expect_mistake("p98<5ms", "--check, character 1: found \"p98<5ms\", expected p50, p90");
    expect_mistake("lost==0,driver_lag<5", "--check, character 9: found \"driver_lag<5\", expected p50");
    expect_mistake("order.2_lag<5", "--check, character 1: found \"order.2_lag<5\", expected p50");
    expect_mistake("lost", "--check, character 5: found the end, expected one of < <= > >= == !=");
    expect_mistake("lost=0", "--check, character 5: found \"=0\", expected one of < <= > >= == !=");
    expect_mistake("lost==", "--check, character 7: found the end, expected a number such as 500 or 0.5");
    expect_mistake("lost==1.2.3", "--check, character 7: found \"1.2.3\", expected a number such as 500 or 0.5");
    expect_mistake("p99<fast", "--check, character 5: found \"fast\", expected a time such as 50ms, 2s or 300us");
    expect_mistake("p99<50,lost==0", "--check, character 7: found the end, expected a unit, for this is a time: ms, s or us");
    expect_mistake("rate>50ms", "--check, character 8: found \"ms\", expected a comma or the end, for this is no time");
    expect_mistake("p99<5ms lost==0", "--check, character 9: found \"lost==0\", expected a comma or the end");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("criteria");
    TCase *tcase = tcase_create("criteria");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, every_count_has_its_name);
    tcase_add_test(tcase, every_percentile_of_every_measure_has_its_name);
    tcase_add_test(tcase, a_service_is_all_of_its_shards);
    tcase_add_test(tcase, every_operator_compares);
    tcase_add_test(tcase, a_time_has_a_unit);
    tcase_add_test(tcase, a_list_has_commas_and_may_have_blanks);
    tcase_add_test(tcase, what_was_not_measured_does_not_hold);
    tcase_add_test(tcase, a_good_run_is_one_whose_criteria_hold_and_that_nobody_stopped);
    tcase_add_test(tcase, a_mistake_is_told_with_its_place);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
