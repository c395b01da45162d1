/* Log lines: no value can forge a line or a field. */
#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/base/memory.h"
#include "../../common/base/text.h"

#include <check.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Fixture ---- */

static struct clock clock;
static struct log log_;
static int ends[2];
static char text[70000];

static void
set_up(void)
{
    clock = clock_manual(1767225600007);
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
    log_ = (struct log){ .service = "order-svc", .clock = &clock, .level = LOG_INFO, .fd = ends[1] };
}

static void
tear_down(void)
{
    close(ends[0]);
    close(ends[1]);
}

/* ---- Helpers ---- */

/* All that was written since the last time. */
static const char *
written(void)
{
    ssize_t size = read(ends[0], text, sizeof(text) - 1);

    text[size < 0 ? 0 : size] = '\0';
    return text;
}

/* How many fields a reader of logfmt finds in a line, honouring quotes; -1 if it finds a quote that stays open or a
 * word without a name. */
static int
count_fields(const char *line)
{
    bool quoted = false;
    int fields = 0, words = 1;

    for (; *line != '\0' && *line != '\n'; line++) {
        if (quoted && *line == '\\')
            line++;
        else if (*line == '"')
            quoted = !quoted;
        else if (!quoted && *line == '=')
            fields++;
        else if (!quoted && *line == ' ')
            words++;
    }
    return quoted || words != fields ? -1 : fields;
}

/* ---- Tests ---- */

START_TEST(a_line_has_time_level_service_message_and_fields)
{
    log_info(&log_, "listening", INT("port", 8081), TEXT("address", "127.0.0.1"), TEXT("key", NULL));
    ck_assert_str_eq(written(), "ts=2026-01-01T00:00:00.007Z level=info svc=order-svc msg=listening port=8081"
                                " address=127.0.0.1 key=-\n");
}
END_TEST

START_TEST(lines_below_the_level_are_not_written)
{
    log_debug(&log_, "quiet", INT("n", 1));
    ck_assert_str_eq(written(), "");
    log_.level = LOG_ERROR;
    log_warn(&log_, "quiet", INT("n", 1));
    ck_assert_str_eq(written(), "");
    log_error(&log_, "loud", INT("n", 1));
    ck_assert_str_ne(written(), "");
    log_.fd = -1;
    log_error(&log_, "nowhere", INT("n", 1));
}
END_TEST

START_TEST(no_value_can_forge_a_line_or_a_field)
{
    static const char *const values[] = {
        "a\nts=2026 level=error msg=forged", "a\rb", "a forged", "a level=error", "a=b", "a\"b",
        "a\" level=error \"", "a\\", "\\\"", "", " ", "\033[31mred", "\302\23331mred", "\x7f", "\t", "caf\xc3\xa9", "\xff\xfe", "\"",
        "\"\"", "a\\\" b=c",
    };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const char *line;

        log_info(&log_, values[i], TEXT("key", values[i]), INT("last", 1));
        line = written();
        ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
        ck_assert_msg(count_fields(line) == 6, "%s", line);
        for (const char *byte = line; *byte != '\n'; byte++)
            ck_assert_msg(text_control_size(byte) == 0, "%s", line);
        ck_assert_str_eq(line + strlen(line) - strlen(" last=1\n"), " last=1\n");
    }
}
END_TEST

START_TEST(escapes_show_what_was_there)
{
    log_info(&log_, "a\nb", TEXT("key", "\x01\"\\"));
    ck_assert_ptr_nonnull(strstr(written(), "msg=\"a\\x0ab\" key=\"\\x01\\\"\\\\\"\n"));
}
END_TEST

START_TEST(long_values_are_cut_and_the_line_still_ends)
{
    char *longest = memory_new(60001, 1);
    const char *line;

    memset(longest, 'x', 60000);
    log_info(&log_, "long", TEXT("key", longest), INT("last", 1));
    line = written();
    ck_assert_uint_lt(strlen(line), 1200);
    ck_assert_ptr_nonnull(strstr(line, "xxx last=1\n"));
    memset(longest, '\n', 60000);           /* escaped, each byte is four */
    log_info(&log_, "long", TEXT("key", longest), TEXT("more", longest), INT("last", 1));
    line = written();
    ck_assert_uint_le(strlen(line), 4096);
    ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
    free(longest);
}
END_TEST

START_TEST(levels_have_names)
{
    enum log_level level = LOG_ERROR;

    ck_assert(log_level_parse("debug", &level) == 0 && level == LOG_DEBUG);
    ck_assert(log_level_parse("error", &level) == 0 && level == LOG_ERROR);
    ck_assert_int_eq(log_level_parse("loud", &level), -1);
}
END_TEST

START_TEST(a_fatal_error_is_logged_and_ends_the_process)
{
    fatal(&log_, "no database", TEXT("error", "disk I/O error"));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("log");
    TCase *tcase = tcase_create("log");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_line_has_time_level_service_message_and_fields);
    tcase_add_test(tcase, lines_below_the_level_are_not_written);
    tcase_add_test(tcase, no_value_can_forge_a_line_or_a_field);
    tcase_add_test(tcase, escapes_show_what_was_there);
    tcase_add_test(tcase, long_values_are_cut_and_the_line_still_ends);
    tcase_add_test(tcase, levels_have_names);
    tcase_add_exit_test(tcase, a_fatal_error_is_logged_and_ends_the_process, 1);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
