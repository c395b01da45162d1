/* The relay's window: one row of each key under way, a cursor that never passes what was not acknowledged. */
#include "../../common/kafka/window.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Fixture ---- */

static struct window *window;

static void
set_up(void)
{
    window = window_new();
}

static void
tear_down(void)
{
    window_free(window);
}

/* ---- Tests ---- */

START_TEST(rows_of_different_keys_go_at_once)
{
    ck_assert(window_add(window, 1, "a"));
    ck_assert(window_add(window, 2, "b"));
    ck_assert_int_eq(window_count(window), 2);
    ck_assert_int_eq(window_mark(window), 2);
    ck_assert_int_eq(window_cursor(window), 0);
}
END_TEST

START_TEST(a_row_waits_for_the_one_before_it_of_its_key)
{
    ck_assert(window_add(window, 1, "a"));
    ck_assert(!window_add(window, 2, "a"));
    ck_assert(!window_add(window, 3, "a"));
    ck_assert_int_eq(window_acknowledge(window, 1), 2);
    ck_assert_int_eq(window_acknowledge(window, 2), 3);
    ck_assert_int_eq(window_acknowledge(window, 3), 0);
    ck_assert_int_eq(window_cursor(window), 3);
}
END_TEST

START_TEST(the_cursor_stays_below_what_was_not_acknowledged)
{
    for (int seq = 1; seq <= 4; seq++)
        window_add(window, seq, seq % 2 ? "odd" : "even");
    window_acknowledge(window, 2);
    ck_assert_int_eq(window_cursor(window), 0);
    window_acknowledge(window, 1);
    ck_assert_int_eq(window_cursor(window), 2);
}
END_TEST

START_TEST(a_second_acknowledgement_changes_nothing)
{
    window_add(window, 1, "a");
    window_add(window, 2, "a");
    ck_assert_int_eq(window_acknowledge(window, 1), 2);
    ck_assert_int_eq(window_acknowledge(window, 1), 0);
    ck_assert_int_eq(window_acknowledge(window, 99), 0);
    ck_assert_int_eq(window_cursor(window), 1);
}
END_TEST

START_TEST(seqs_may_have_gaps)
{
    window_add(window, 10, "a");
    window_add(window, 20, "b");
    ck_assert_int_eq(window_acknowledge(window, 15), 0);
    window_acknowledge(window, 10);
    ck_assert_int_eq(window_cursor(window), 10);
    window_acknowledge(window, 20);
    ck_assert_int_eq(window_cursor(window), 20);
}
END_TEST

START_TEST(every_refused_row_is_found_until_it_is_acknowledged)
{
    for (int seq = 1; seq <= 3; seq++)
        window_add(window, seq, seq == 1 ? "a" : seq == 2 ? "b" : "c");
    window_refuse(window, 1);
    window_refuse(window, 3);
    window_refuse(window, 3);
    ck_assert_int_eq(window_refused(window), 2);
    ck_assert_int_eq(window_first_refused(window), 1);
    window_acknowledge(window, 1);
    ck_assert_int_eq(window_first_refused(window), 3);
    window_acknowledge(window, 3);
    ck_assert_int_eq(window_first_refused(window), 0);
    ck_assert_int_eq(window_refused(window), 0);
}
END_TEST

START_TEST(a_reset_forgets_all_rows)
{
    window_add(window, 1, "a");
    window_refuse(window, 1);
    window_reset(window, 0);
    ck_assert_int_eq(window_count(window), 0);
    ck_assert_int_eq(window_refused(window), 0);
    ck_assert(window_add(window, 1, "a"));
}
END_TEST

/* A hundred thousand rows of a few hundred keys, acknowledged in a random order: each is sent once, in order of its key. */
START_TEST(a_long_run_sends_each_row_once_in_order_of_its_key)
{
    enum { KEYS = 300, ROWS = 100000 };
    static int64_t last[KEYS], sent[WINDOW_SIZE];
    static int key_of[ROWS + 1];
    int under_way = 0, total = 0;
    char key[8];

    srand(7);
    for (int64_t next = 1; next <= ROWS || under_way > 0;) {
        if (next <= ROWS && !window_is_full(window) && rand() % 3) {
            key_of[next] = rand() % KEYS;
            snprintf(key, sizeof(key), "%d", key_of[next]);
            if (window_add(window, next, key))
                sent[under_way++] = next;
            next++;
        } else if (under_way > 0) {
            int i = rand() % under_way;
            int64_t seq = sent[i], waiter = window_acknowledge(window, seq);

            ck_assert_int_gt(seq, last[key_of[seq]]);
            last[key_of[seq]] = seq;
            total++;
            sent[i] = sent[--under_way];
            if (waiter != 0) {
                ck_assert_int_eq(key_of[waiter], key_of[seq]);
                sent[under_way++] = waiter;
            }
        }
    }
    ck_assert_int_eq(total, ROWS);
    ck_assert_int_eq(window_cursor(window), ROWS);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("window");
    TCase *tcase = tcase_create("window");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, rows_of_different_keys_go_at_once);
    tcase_add_test(tcase, a_row_waits_for_the_one_before_it_of_its_key);
    tcase_add_test(tcase, the_cursor_stays_below_what_was_not_acknowledged);
    tcase_add_test(tcase, a_second_acknowledgement_changes_nothing);
    tcase_add_test(tcase, seqs_may_have_gaps);
    tcase_add_test(tcase, every_refused_row_is_found_until_it_is_acknowledged);
    tcase_add_test(tcase, a_reset_forgets_all_rows);
    tcase_add_test(tcase, a_long_run_sends_each_row_once_in_order_of_its_key);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
