/* What a run of the load driver writes: CSV, JSON, the page, the progress line. */
#include "../load/arguments.h"
#include "../load/criteria.h"
#include "../load/csv.h"
#include "../load/document.h"
#include "../load/outcome.h"
#include "../load/page.h"
#include "../load/progress.h"
#include "../load/timeline.h"

#include <check.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* ---- Fixture ---- */

static struct arguments arguments;
static struct results results;
static struct process processes[2];
static struct reading readings[2];
static struct timeline timeline;
static char *text;
static size_t text_size;

static void
set_up(void)
{
    memset(&arguments, 0, sizeof(arguments));
    arguments.order.count = 1;
    results_begin(&results, 0);
    process_init(&processes[0], "order", GAUGES);
    process_init(&processes[1], "driver", RSS + 1);
    readings[0] = (struct reading){ { 12.5, 20, 3, 0.25, 7, 4.5, 30 } };
    readings[1] = reading_none;
    timeline_init(&timeline, 2);
    text = NULL;
}

static void
tear_down(void)
{
    timeline_release(&timeline);
    free(text);
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

static int
count_of(const char *where, char what)
{
    int count = 0;

    for (; *where != '\0' && *where != '\n'; where++)
        count += *where == what;
    return count;
}

static void
write_outcome(const char *flows, void (*write)(const struct outcome *outcome, FILE *out))
{
    static struct criteria criteria;
    struct results_context context = { .flows = flows, .rate = 100 };
    struct outcome outcome = { .arguments = &arguments, .command = "load --check 'p99<50ms'", .began_at = "now",
                               .results = &results, .context = &context, .criteria = &criteria, .processes = processes,
                               .process_count = 2, .timeline = &timeline, .ended = true };
    FILE *out;

    ck_assert_int_eq(criteria_read(&criteria, "p99<50ms", &arguments, NULL), 0);
    criteria_measure(&criteria, &outcome);
    free(text);
    out = open_memstream(&text, &text_size);
    write(&outcome, out);
    fclose(out);
}

/* What SQLite's JSON functions find there in the JSON, as text. */
static void
expect_json(const char *json, size_t size, const char *path, const char *expected)
{
    static const char sql[] = "SELECT json_valid(:json), json_extract(:json, :path)";
    sqlite3 *db;
    sqlite3_stmt *row;

    ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    sqlite3_bind_text(row, 1, json, (int)size, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, path, -1, SQLITE_STATIC);
    ck_assert_int_eq(sqlite3_step(row), SQLITE_ROW);
    ck_assert_msg(sqlite3_column_int(row, 0) == 1, "no JSON: %.*s", (int)size, json);
    ck_assert_pstr_eq((const char *)sqlite3_column_text(row, 1), expected);
    sqlite3_finalize(row);
    sqlite3_close(db);
}

/* ---- Tests ---- */

START_TEST(a_line_of_csv_has_a_cell_for_each_column)
{
    struct second second = second_at(1, 100, 5);
    FILE *out = open_memstream(&text, &text_size);
    const char *line;

    csv_header(out, processes, 2);
    csv_second(out, &second, processes, 2);
    fclose(out);
    line = strchr(text, '\n') + 1;
    ck_assert_int_eq(count_of(text, ','), count_of(line, ','));
    ck_assert_int_eq(count_of(text, ','), 1 + SECOND_COUNTS + 1 + MEASURES * LATENCY_POINTS + GAUGES + RSS + 1);
    ck_assert_msg(strncmp(line, "1.000,1.000,100,100,0,0,100,0,0,0,,,,,,", 39) == 0, "%s", line);
    ck_assert_msg(strstr(line, ",12.500,20,3,0.250,7,4.500,30,,\n") != NULL, "%s", line);
    ck_assert_msg(strstr(text, "notified_p999_ms,notified_max_ms,order_cpu_percent,order_rss_mb,order_outbox_pending,"
                               "order_outbox_age_s,order_lag,order_wal_mb,order_open_fds,driver_cpu_percent,driver_rss_mb\n") != NULL, "%s", text);
}
END_TEST

START_TEST(the_document_is_json_whatever_the_names_hold)
{
    struct second second = second_at(1, 100, 5);

    timeline_add(&timeline, &second);
    results_end(&results);
    write_outcome("a \"b\" \\ \n </script><!-- &amp; \xc3\xbc", document_write);
    expect_json(text, text_size, "$.flows", "a \"b\" \\ \n </script><!-- &amp; \xc3\xbc");
    expect_json(text, text_size, "$.sent", "100");
    expect_json(text, text_size, "$.latency_ms.notified.count", "1");
    expect_json(text, text_size, "$.checks[0].check", "p99<50ms");
    expect_json(text, text_size, "$.checks[0].holds", "1");
    expect_json(text, text_size, "$.timeline.processes[0].outbox_age_s[0]", "0.25");
    expect_json(text, text_size, "$.timeline.processes[1].cpu_percent[0]", NULL);
    expect_json(text, text_size, "$.timeline.latency_ms.created.p50[0]", NULL);
    expect_json(text, text_size, "$.timeline.done_per_s[0]", "100");
    write_outcome("bytes \xff\xfe of no text", document_write);
    expect_json(text, text_size, "$.flows", "bytes ?? of no text");
}
END_TEST

START_TEST(the_page_holds_the_document_and_cannot_be_left_by_it)
{
    static const char begin[] = "<script type=\"application/json\" id=\"run\">";
    const char *data, *end;

    write_outcome("</script><script>alert(1)</script>", page_write);
    ck_assert_ptr_null(strstr(text, "{{RUN}}"));
    ck_assert_ptr_null(strstr(text, "alert(1)</script>"));
    data = strstr(text, begin);
    ck_assert_ptr_nonnull(data);
    data += sizeof(begin) - 1;
    end = strstr(data, "</script>");
    expect_json(data, (size_t)(end - data), "$.flows", "</script><script>alert(1)</script>");
    expect_json(data, (size_t)(end - data), "$.command", "load --check 'p99<50ms'");
    /* The only addresses are names of namespaces. */
    for (const char *at = text; (at = strstr(at, "://")) != NULL; at += 3)
        ck_assert_msg(strncmp(at, "://www.w3.org/", 14) == 0, "%.60s", at - 5);
    ck_assert_ptr_nonnull(strstr(text, "default-src 'none'"));
    ck_assert_ptr_nonnull(strstr(text, "style.fill = line.colour"));       /* the script came through the Makefile */
}
END_TEST

START_TEST(the_progress_line_tells_all)
{
    struct second second = second_at(2, 1000, 12);
    char line[200];

    results.due += 30;
    results_second(&results, 3000000, 0, &second);
    results_measure(&results, TO_CREATED, 4000);
    progress_text(&results, &second, line, sizeof(line));
    ck_assert_str_eq(line, "   3 s  due 1030  sent 1000  done 1000  failed 0  0/s  backlog 30");
    results.done += 30;
    results_measure(&results, TO_NOTIFIED, 12000);
    results_second(&results, 4000000, 0, &second);
    progress_text(&results, &second, line, sizeof(line));
    ck_assert_str_eq(line, "   4 s  due 1030  sent 1000  done 1030  failed 0  30/s  notified p50 12.0 p99 12.0 ms  backlog 0");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("report");
    TCase *tcase = tcase_create("report");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_line_of_csv_has_a_cell_for_each_column);
    tcase_add_test(tcase, the_document_is_json_whatever_the_names_hold);
    tcase_add_test(tcase, the_page_holds_the_document_and_cannot_be_left_by_it);
    tcase_add_test(tcase, the_progress_line_tells_all);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
