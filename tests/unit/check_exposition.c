/* The text that Prometheus reads. */
#include "../../common/http/exposition.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Fixture ---- */

static struct exposition *exposition;

static void
set_up(void)
{
    exposition = exposition_new();
}

static void
tear_down(void)
{
    exposition_free(exposition);
}

/* ---- Helpers ---- */

static void
reads(const char *expected)
{
    size_t size;
    const char *text = exposition_text(exposition, &size);

    ck_assert_str_eq(text, expected);
    ck_assert_uint_eq(size, strlen(expected));
}

static void
has(const char *line)
{
    size_t size;
    const char *text = exposition_text(exposition, &size);

    ck_assert_msg(strstr(text, line) != NULL, "%s is not in\n%s", line, text);
}

/* ---- Tests ---- */

START_TEST(nothing_written_is_an_empty_text)
{
    reads("");
    exposition_free(NULL);
}
END_TEST

START_TEST(metric_has_help_type_and_samples)
{
    exposition_metric(exposition, "requests_total", "counter", "Requests answered.");
    exposition_sample(exposition, "route=\"/orders\",status=\"2xx\"", 3);
    exposition_sample(exposition, NULL, 4);
    exposition_metric(exposition, "open", "gauge", "a\\b\nc");
    exposition_sample(exposition, "", 0);
    reads("# HELP requests_total Requests answered.\n# TYPE requests_total counter\n"
          "requests_total{route=\"/orders\",status=\"2xx\"} 3\nrequests_total 4\n"
          "# HELP open a\\\\b\\nc\n# TYPE open gauge\nopen 0\n");
}
END_TEST

START_TEST(integers_look_like_integers_and_others_keep_their_digits)
{
    exposition_metric(exposition, "m", "gauge", "");
    exposition_sample(exposition, NULL, 1764000000000.0);
    has("\nm 1764000000000\n");
    exposition_sample(exposition, NULL, 9007199254740991.0);
    has("\nm 9007199254740991\n");
    exposition_sample(exposition, NULL, -2);
    has("\nm -2\n");
    exposition_sample(exposition, NULL, 0.25);
    has("\nm 0.25\n");
    exposition_sample(exposition, NULL, 1e300);
    has("\nm 1e+300\n");
    exposition_sample(exposition, NULL, (double)INFINITY);
    has("\nm +Inf\n");
    exposition_sample(exposition, NULL, -(double)INFINITY);
    has("\nm -Inf\n");
    exposition_sample(exposition, NULL, (double)NAN);
    has("\nm NaN\n");
}
END_TEST

START_TEST(histogram_is_cumulative_and_scaled)
{
    struct histogram histogram = { .total = 0 };

    histogram_add(&histogram, histogram_times_us, 10);
    histogram_add(&histogram, histogram_times_us, 100);
    histogram_add(&histogram, histogram_times_us, 20000000);
    exposition_metric(exposition, "took_seconds", "histogram", "Time taken.");
    exposition_histogram(exposition, "route=\"/orders\"", &histogram, histogram_times_us, 1e-6);
    has("# TYPE took_seconds histogram\ntook_seconds_bucket{route=\"/orders\",le=\"5e-05\"} 1\n"
        "took_seconds_bucket{route=\"/orders\",le=\"0.0001\"} 2\n");
    has("took_seconds_bucket{route=\"/orders\",le=\"10\"} 2\ntook_seconds_bucket{route=\"/orders\",le=\"+Inf\"} 3\n"
        "took_seconds_sum{route=\"/orders\"} 20.00011\ntook_seconds_count{route=\"/orders\"} 3\n");
}
END_TEST

START_TEST(histogram_without_labels_has_only_its_bounds)
{
    struct histogram histogram = { .total = 0 };

    histogram_add(&histogram, histogram_sizes, 3);
    exposition_metric(exposition, "group", "histogram", "Causes per commit.");
    exposition_histogram(exposition, NULL, &histogram, histogram_sizes, 1);
    has("group_bucket{le=\"2\"} 0\ngroup_bucket{le=\"4\"} 1\n");
    has("group_bucket{le=\"+Inf\"} 1\ngroup_sum 3\ngroup_count 1\n");
}
END_TEST

START_TEST(text_grows_as_needed)
{
    char labels[2000];
    size_t size;

    snprintf(labels, sizeof(labels), "a=\"%01900d\"", 7);
    exposition_metric(exposition, "m", "gauge", "");
    for (int i = 0; i < 100; i++)
        exposition_sample(exposition, labels, i);
    exposition_text(exposition, &size);
    ck_assert_uint_gt(size, 190000);
    has("7\"} 99\n");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("exposition");
    TCase *tcase = tcase_create("exposition");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, nothing_written_is_an_empty_text);
    tcase_add_test(tcase, metric_has_help_type_and_samples);
    tcase_add_test(tcase, integers_look_like_integers_and_others_keep_their_digits);
    tcase_add_test(tcase, histogram_is_cumulative_and_scaled);
    tcase_add_test(tcase, histogram_without_labels_has_only_its_bounds);
    tcase_add_test(tcase, text_grows_as_needed);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
