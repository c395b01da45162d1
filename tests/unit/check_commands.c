/* Operators' commands: the table, what is typed, what is sent, and mistakes in one line. */
#include "../../common/base/memory.h"
#include "../../common/base/page.h"
#include "../../common/base/when.h"
#include "../../common/ctl/arguments.h"
#include "../../common/ctl/command.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- Fixture ---- */

enum { NOW_MS = 1769860800 };      /* any time */

static struct arena arena;
static struct arguments arguments;
static const char *why;

static void
set_up(void)
{
    arena_init(&arena);
    why = NULL;
}

static void
tear_down(void)
{
    arena_release(&arena);
}

/* ---- Helpers ---- */

/* Reads what is typed after `ctl`. */
static int
type(const char *const *words)
{
    const struct command *command;
    int used;

    command = command_of_words(words, &used, &arena, &why);
    return command == NULL ? -1 : arguments_from_words(&arguments, command, words + used, NOW_MS, &arena, &why);
}

#define TYPE(...) type((const char *const[]){ __VA_ARGS__, NULL })

static void
check_mistake(const char *part)
{
    ck_assert_msg(why != NULL && strstr(why, part) != NULL, "'%s' is not in '%s'", part, why);
    ck_assert_msg(strchr(why, '\n') == NULL, "more than one line: %s", why);
}

/* The same arguments at the other end of the socket. */
static int
send(const char *target)
{
    const char *query = strchr(target, '?');
    struct request request = { .arena = &arena, .query = query == NULL ? NULL : query + 1,
                               .in = { .received_at = NOW_MS } };
    char *path = arena_bytes(&arena, target, strcspn(target, "?"));

    ck_assert_ptr_eq(command_of_path(path), arguments.command);
    return arguments_from_query(&arguments, arguments.command, &request, &why);
}

/* ---- Tests ---- */

START_TEST(each_row_can_be_answered_explained_and_found)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        bool option = false;
        int count = 0;

        ck_assert(command->answer != NULL);
        ck_assert_uint_gt(strlen(command->help), 0);
        while (command->arguments[count].name != NULL) {
            const struct argument *argument = &command->arguments[count++];

            ck_assert_msg(!option || argument->option, "%s: places stand before options", command->name);
            ck_assert_msg(argument->kind == ARGUMENT_FLAG || argument->shown != NULL, "%s: %s", command->name, argument->name);
            ck_assert_msg(argument->kind != ARGUMENT_TEXT || argument->choices != NULL || argument->max > 0, "%s: %s",
                          command->name, argument->name);
            option = argument->option;
        }
        ck_assert_int_lt(count, ARGUMENTS);
        arguments = (struct arguments){ .command = command };
        ck_assert_ptr_eq(command_of_path(arguments_target(&arguments, &arena)), command);
    }
}
END_TEST

START_TEST(what_is_typed_arrives_at_the_other_end)
{
    ck_assert_int_eq(TYPE("dead-letters", "discard", "7", "--why", "a test & more: 100 % \xc3\xa9\n"), 0);
    ck_assert_str_eq(arguments_typed(&arguments, &arena), "dead-letters discard 7");
    ck_assert_str_eq(arguments_target(&arguments, &arena),
                     "/dead-letters/discard?id=7&why=a%20test%20%26%20more%3A%20100%20%25%20%C3%A9%0A");
    ck_assert_int_eq(send(arguments_target(&arguments, &arena)), 0);
    ck_assert_int_eq(argument_number(&arguments, "id", 0), 7);
    ck_assert_str_eq(argument_text(&arguments, "why"), "a test & more: 100 % \xc3\xa9\n");
}
END_TEST

START_TEST(options_stand_anywhere_and_flags_need_no_value)
{
    ck_assert_int_eq(TYPE("dead-letters", "redrive", "--dry-run", "--max", "10", "--reason", "malformed_order"), 0);
    ck_assert_ptr_null(argument_text(&arguments, "id"));
    ck_assert_ptr_nonnull(argument_text(&arguments, "dry-run"));
    ck_assert_int_eq(argument_number(&arguments, "max", 0), 10);
    ck_assert_int_eq(argument_number(&arguments, "rate", -1), -1);
    ck_assert_str_eq(arguments_typed(&arguments, &arena), "dead-letters redrive --reason malformed_order --max 10 --dry-run");
    ck_assert_int_eq(TYPE("consumer", "reset", "--to", "earliest", "orders", "3"), 0);
    ck_assert_str_eq(arguments_typed(&arguments, &arena), "consumer reset orders 3 --to earliest");
}
END_TEST

START_TEST(a_time_is_a_point_or_how_long_ago)
{
    ck_assert_int_eq(TYPE("outbox", "republish", "--since", "15m"), 0);
    ck_assert_int_eq(argument_number(&arguments, "since", 0), NOW_MS - 15 * 60 * 1000);
    ck_assert_int_eq(TYPE("outbox", "republish", "--since", "2026-01-31T12:00:00Z"), 0);
    ck_assert_int_eq(argument_number(&arguments, "since", 0), 1769860800000);
    for (const char *const *bad = (const char *const[]){ "", "m", "15", "15x", "15mm", "-1m", "1234567s", "2026-01-31", "2026-01-31T12:00:00Zx", NULL };
         *bad != NULL; bad++) {
        ck_assert_int_eq(TYPE("outbox", "republish", "--since", *bad), -1);
        check_mistake("--since must be a time");
    }
}
END_TEST

START_TEST(a_mistake_is_one_line_that_names_it)
{
    static const struct {
        const char *words[7], *part;
    } cases[] = {
        { { NULL }, "a command is wanted: one of status, ready, outbox, dead-letters, consumer, cluster, timeline, shard, fault, backup, help" },
        { { "outbos" }, "there is no command outbos" },
        { { "outbox" }, "outbox what? One of list, show, retry, skip, republish" },
        { { "outbox", "delete" }, "there is no command outbox delete: it is one of list, show" },
        { { "status", "now" }, "\"now\" is not wanted; usage: status" },
        { { "outbox", "show" }, "SEQ is missing; usage: outbox show SEQ" },
        { { "outbox", "show", "x" }, "SEQ must be a whole number from 1, not \"x\"" },
        { { "outbox", "show", "0" }, "SEQ must be" },
        { { "outbox", "show", "1", "2" }, "\"2\" is not wanted" },
        { { "outbox", "list", "--state", "LOST" }, "--state must be one of PENDING, SENT" },
        { { "outbox", "list", "--max" }, "--max needs a value: N" },
        { { "outbox", "list", "--max", "0" }, "--max must be a whole number from 1 to 10000" },
        { { "outbox", "list", "--color" }, "\"--color\" is not wanted" },
        { { "outbox", "skip", "1" }, "--why is missing; usage: outbox skip SEQ --why TEXT" },
        { { "outbox", "skip", "1", "--why", "" }, "--why must have 1 to 500 bytes" },
        { { "outbox", "skip", "1", "--why", "\xff" }, "bytes of UTF-8" },
        { { "consumer", "pause", "order", "1" }, "TOPIC must be one of orders, payments" },
        { { "timeline", "1234" }, "ORDER_ID must have 36 to 36" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        why = NULL;
        ck_assert_msg(type(cases[i].words) == -1, "%s", cases[i].part);
        check_mistake(cases[i].part);
    }
    ck_assert_int_eq(TYPE("outbox", "list", "--max", "1", "--max", "2"), -1);
    check_mistake("--max was given twice");
}
END_TEST

START_TEST(the_service_checks_what_the_command_line_does)
{
    ck_assert_int_eq(TYPE("outbox", "show", "5"), 0);
    ck_assert_int_eq(send("/outbox/show?seq=five"), -1);
    check_mistake("SEQ must be a whole number");
    ck_assert_int_eq(send("/outbox/show"), -1);
    check_mistake("SEQ is missing");
    ck_assert_ptr_null(command_of_path("/outbox"));
    ck_assert_ptr_null(command_of_path("/outbox/show/5"));
    ck_assert_ptr_null(command_of_path("/"));
}
END_TEST

START_TEST(bytes_that_are_no_text_are_shown_and_not_obeyed)
{
    static const char bytes[] = "a\0\x1b[31m \xc3\xa9 \xc2\x9b\xc2\xa0\x7f";
    struct page page;

    page_init(&page, &arena);
    page_bytes(&page, bytes, sizeof(bytes) - 1);
    ck_assert_str_eq(page.text, "a\\x00\\x1b[31m \xc3\xa9 \\xc2\\x9b\xc2\xa0\\x7f");
    page_init(&page, &arena);
    page_bytes(&page, "\xff\xc3\xa9", 3);
    page_bytes(&page, NULL, 0);
    page_bytes(&page, "", 0);
    ck_assert_str_eq(page.text, "\\xff\\xc3\\xa9-");
}
END_TEST

START_TEST(nothing_on_a_page_is_obeyed_by_a_terminal)
{
    struct page page;

    page_init(&page, &arena);
    page_print(&page, "%s\n", "a\x1b[2J\x7f\xc2\x9b" "2J\xc2\xa0");
    ck_assert_str_eq(page.text, "a?[2J???2J\xc2\xa0\n");
}
END_TEST

START_TEST(a_page_grows)
{
    char *large = memory_new(1, 100001);
    struct page page;

    memset(large, 'x', 100000);
    page_init(&page, &arena);
    page_print(&page, "begin ");
    page_bytes(&page, large, 100000);
    page_print(&page, " %s end", large);
    ck_assert_uint_eq(strlen(page.text), 6 + 100000 + 1 + 100000 + 4);
    ck_assert_str_eq(page.text + page.used - 5, "x end");
    free(large);
}
END_TEST

START_TEST(durations_are_for_people)
{
    char text[WHEN_TEXT];

    ck_assert_str_eq(when_age(0, text), "0.0 s");
    ck_assert_str_eq(when_age(-5, text), "0.0 s");
    ck_assert_str_eq(when_age(59900, text), "59.9 s");
    ck_assert_str_eq(when_age(60000, text), "1 min");
    ck_assert_str_eq(when_age(3 * 3600000 + 5 * 60000, text), "3 h 5 min");
    ck_assert_str_eq(when_age((int64_t)50 * 3600000, text), "2 d 2 h");
    ck_assert_str_eq(when_text(1769860800123, text), "2026-01-31 12:00:00.123Z");
    ck_assert_str_eq(when_text(-1, text), "1969-12-31 23:59:59.999Z");
    ck_assert_str_eq(when_text(INT64_MIN, text), "-292275055-05-16 16:47:04.192Z");      /* a record may bring any time */
    ck_assert_str_eq(when_utc_text(-1, text), "1969-12-31T23:59:59.999Z");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("commands");
    TCase *tests = tcase_create("commands");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, each_row_can_be_answered_explained_and_found);
    tcase_add_test(tests, what_is_typed_arrives_at_the_other_end);
    tcase_add_test(tests, options_stand_anywhere_and_flags_need_no_value);
    tcase_add_test(tests, a_time_is_a_point_or_how_long_ago);
    tcase_add_test(tests, a_mistake_is_one_line_that_names_it);
    tcase_add_test(tests, the_service_checks_what_the_command_line_does);
    tcase_add_test(tests, bytes_that_are_no_text_are_shown_and_not_obeyed);
    tcase_add_test(tests, nothing_on_a_page_is_obeyed_by_a_terminal);
    tcase_add_test(tests, a_page_grows);
    tcase_add_test(tests, durations_are_for_people);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
