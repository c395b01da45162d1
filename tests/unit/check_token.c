/* The bearer token: what a file may hold, who may be able to read it, and what a request has to show. */
#include "../../common/http/token.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Fixture ---- */

static char path[] = "/tmp/check_token.XXXXXX";
static struct token token;
static char *error;

static void
set_up(void)
{
    strcpy(path + strlen(path) - 6, "XXXXXX");
    close(mkstemp(path));
    error = NULL;
}

static void
tear_down(void)
{
    unlink(path);
    free(error);
}

/* ---- Helpers ---- */

static void
write_bytes(const char *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_TRUNC);

    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
}

static void
holds(const char *text)
{
    write_bytes(text, strlen(text));
}

/* The message has this in it, and nothing of what the file holds. */
static void
refused(const char *why)
{
    ck_assert_int_eq(token_read(&token, path, &error), -1);
    ck_assert_msg(strstr(error, why) != NULL, "'%s' is not in: %s", why, error);
    ck_assert_ptr_null(strstr(error, "hunter2"));
    free(error);
    error = NULL;
}

static void
taken(const char *text, const char *as)
{
    holds(text);
    ck_assert_msg(token_read(&token, path, &error) == 0, "%s", error);
    ck_assert_str_eq(token.text, as);
}

/* ---- Tests ---- */

START_TEST(the_token_is_one_line_with_or_without_its_newline)
{
    taken("hunter2", "hunter2");
    taken("hunter2\n", "hunter2");
    taken("s!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "s!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
}
END_TEST

START_TEST(a_file_without_a_token_is_refused)
{
    holds("");
    refused("is empty");
    holds("\n");
    refused("is empty");
    unlink(path);
    refused("No such file");
}
END_TEST

START_TEST(characters_that_no_header_carries_are_refused)
{
    static const char *const bad[] = { "hunter2\n\n", "hunter2\r\n", " hunter2", "hunter2 ", "hunt er2", "hunter2\t", "\x7f",
                                       "hunter2\nhunter3\n", "caf\xc3\xa9" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        holds(bad[i]);
        refused("that no token has");
    }
    write_bytes("hunter2\0x", 9);
    refused("that no token has");
}
END_TEST

START_TEST(the_longest_token_is_taken_and_one_more_character_is_refused)
{
    char text[TOKEN_MAX + 2] = "";

    memset(text, 'x', TOKEN_MAX);
    taken(text, text);
    ck_assert(!token_matches(&token, "Bearer xxx"));
    text[TOKEN_MAX] = '\n';
    holds(text);
    ck_assert_int_eq(token_read(&token, path, &error), 0);
    text[TOKEN_MAX] = 'x';
    holds(text);
    refused("512 characters at most");
}
END_TEST

START_TEST(a_file_that_others_may_read_or_write_is_refused)
{
    static const struct { mode_t mode; bool fine; } cases[] = {
        { 0600, true }, { 0400, true }, { 0640, true }, { 0440, true },
        { 0644, false }, { 0604, false }, { 0444, false }, { 0660, false }, { 0602, false },
    };

    holds("hunter2");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        chmod(path, cases[i].mode);
        if (cases[i].fine)
            ck_assert_int_eq(token_read(&token, path, &error), 0);
        else
            refused("is open to others: run chmod 600");
    }
}
END_TEST

START_TEST(what_is_no_plain_file_is_refused_and_not_waited_for)
{
    unlink(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    refused("no plain file");
    ck_assert_int_eq(token_read(&token, "/tmp", &error), -1);
    ck_assert_ptr_nonnull(strstr(error, "no plain file"));
}
END_TEST

START_TEST(only_the_whole_token_behind_bearer_matches)
{
    static const char *const wrong[] = {
        "", "Bearer", "Bearer ", "hunter2", "Basic hunter2", "Bearer hunter", "Bearer hunter22", "Bearer Hunter2",
        "Bearer hunter2 ", "Bearer hunter2,", "Bearerhunter2", "Bearer x hunter2",
    };

    taken("hunter2", "hunter2");
    ck_assert(token_matches(&token, "Bearer hunter2"));
    ck_assert(token_matches(&token, "bearer hunter2"));
    ck_assert(token_matches(&token, "BEARER   hunter2"));
    ck_assert(!token_matches(&token, NULL));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(!token_matches(&token, wrong[i]), "'%s' matches", wrong[i]);
}
END_TEST

START_TEST(every_character_counts_up_to_the_last)
{
    char text[TOKEN_MAX + 1] = "", shown[TOKEN_MAX + 20];

    memset(text, 'x', TOKEN_MAX);
    taken(text, text);
    snprintf(shown, sizeof(shown), "Bearer %s", text);
    ck_assert(token_matches(&token, shown));
    for (int i = 0; i < TOKEN_MAX; i++) {
        shown[7 + i] = 'y';
        ck_assert_msg(!token_matches(&token, shown), "character %d does not count", i);
        shown[7 + i] = 'x';
    }
    snprintf(shown, sizeof(shown), "Bearer %sx", text);
    ck_assert(!token_matches(&token, shown));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("token");
    TCase *tcase = tcase_create("token");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_token_is_one_line_with_or_without_its_newline);
    tcase_add_test(tcase, a_file_without_a_token_is_refused);
    tcase_add_test(tcase, characters_that_no_header_carries_are_refused);
    tcase_add_test(tcase, the_longest_token_is_taken_and_one_more_character_is_refused);
    tcase_add_test(tcase, a_file_that_others_may_read_or_write_is_refused);
    tcase_add_test(tcase, what_is_no_plain_file_is_refused_and_not_waited_for);
    tcase_add_test(tcase, only_the_whole_token_behind_bearer_matches);
    tcase_add_test(tcase, every_character_counts_up_to_the_last);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
