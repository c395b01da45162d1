/* Problem details. */
#include "../../common/base/memory.h"
#include "../../common/http/problem.h"

#include <check.h>
#include <string.h>

/* ---- Fixture ---- */

static struct arena arena;

static void
set_up(void)
{
    arena_init(&arena);
}

static void
tear_down(void)
{
    arena_release(&arena);
}

/* ---- Tests ---- */

START_TEST(problem_without_field_and_detail_says_what_it_is)
{
    struct reply reply = problem_reply(&arena, PROBLEM_NOT_FOUND, NULL, NULL);

    ck_assert_int_eq(reply.status, 404);
    ck_assert_ptr_null(reply.content_type);
    ck_assert_str_eq(reply.body, "{\"type\":\"/problems/not-found\",\"title\":\"There is nothing at this path\","
                                 "\"status\":404}");
    ck_assert_uint_eq(reply.size, strlen(reply.body));
}
END_TEST

START_TEST(field_and_detail_are_members)
{
    struct reply reply = problem_reply(&arena, PROBLEM_INVALID_FIELD, "items[0].quantity", "must be at least 1");

    ck_assert_int_eq(reply.status, 422);
    ck_assert_ptr_nonnull(strstr(reply.body, ",\"status\":422,\"field\":\"items[0].quantity\","
                                             "\"detail\":\"must be at least 1\"}"));
}
END_TEST

START_TEST(quotes_backslashes_and_control_bytes_are_escaped)
{
    struct reply reply = problem_reply(&arena, PROBLEM_CONFLICT, "", "a\"b\\c\nd\x01\x7f");

    ck_assert_ptr_nonnull(strstr(reply.body, "\"field\":\"\",\"detail\":\"a\\\"b\\\\c\\u000ad\\u0001\x7f\"}"));
}
END_TEST

START_TEST(utf8_stays_and_other_bytes_become_question_marks)
{
    struct reply good = problem_reply(&arena, PROBLEM_CONFLICT, NULL, "caf\xc3\xa9");
    struct reply bad = problem_reply(&arena, PROBLEM_CONFLICT, NULL, "caf\xe9");

    ck_assert_ptr_nonnull(strstr(good.body, "\"detail\":\"caf\xc3\xa9\"}"));
    ck_assert_ptr_nonnull(strstr(bad.body, "\"detail\":\"caf?\"}"));
}
END_TEST

START_TEST(text_of_only_control_bytes_fits)
{
    char text[4001];
    struct reply reply;

    memset(text, '\x02', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    reply = problem_reply(&arena, PROBLEM_CONFLICT, text, text);
    ck_assert_uint_gt(reply.size, 12 * (sizeof(text) - 1));
    ck_assert_str_eq(reply.body + reply.size - 8, "\\u0002\"}");
}
END_TEST

START_TEST(every_problem_has_a_type_a_title_and_an_error_status)
{
    for (int i = 0; i < PROBLEMS; i++) {
        enum problem problem = (enum problem)i;

        ck_assert_int_eq(strncmp(problem_type(problem), "/problems/", 10), 0);
        ck_assert_uint_gt(strlen(problem_title(problem)), 0);
        ck_assert_int_ge(problem_status(problem), 400);
        ck_assert_int_le(problem_status(problem), 599);
        ck_assert_int_eq(problem_reply(&arena, problem, NULL, NULL).status, problem_status(problem));
        for (int other = 0; other < i; other++)
            ck_assert_str_ne(problem_type(problem), problem_type((enum problem)other));
    }
}
END_TEST

START_TEST(unavailable_says_when_to_come_again)
{
    ck_assert_int_gt(problem_reply(&arena, PROBLEM_UNAVAILABLE, NULL, NULL).retry_after_s, 0);
    ck_assert_int_eq(problem_reply(&arena, PROBLEM_CONFLICT, NULL, NULL).retry_after_s, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("problem");
    TCase *tcase = tcase_create("problem");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, problem_without_field_and_detail_says_what_it_is);
    tcase_add_test(tcase, field_and_detail_are_members);
    tcase_add_test(tcase, quotes_backslashes_and_control_bytes_are_escaped);
    tcase_add_test(tcase, utf8_stays_and_other_bytes_become_question_marks);
    tcase_add_test(tcase, text_of_only_control_bytes_fits);
    tcase_add_test(tcase, every_problem_has_a_type_a_title_and_an_error_status);
    tcase_add_test(tcase, unavailable_says_when_to_come_again);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
