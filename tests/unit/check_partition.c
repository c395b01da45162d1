/* What a partition holds back comes again in the order of the log; and whether the log is the one that was read before. */
#include "../../common/kafka/partition.h"
#include "../../common/store/position.h"

#include <check.h>

/* ---- Fixture ---- */

static struct partition partition;
static rd_kafka_message_t messages[6];

static void
set_up(void)
{
    partition = (struct partition){ .name = "orders" };
    for (int i = 0; i < 6; i++)
        messages[i].offset = i;
}

/* ---- Helpers ---- */

static void
assert_order(int first, int last)
{
    for (int offset = first; offset <= last; offset++)
        ck_assert_ptr_eq(partition_take(&partition), &messages[offset]);
    ck_assert(!partition_holds(&partition));
}

/* ---- Tests ---- */

START_TEST(what_is_read_later_is_held_behind)
{
    partition_hold_last(&partition, &messages[0]);
    partition_hold_last(&partition, &messages[1]);
    ck_assert_ptr_eq(partition_take(&partition), &messages[0]);
    partition_hold_again(&partition, &messages[0]);
    partition_hold_last(&partition, &messages[2]);
    assert_order(0, 2);
}
END_TEST

START_TEST(an_undone_turn_comes_before_the_record_in_whose_midst_it_was_undone)
{
    partition_hold_last(&partition, &messages[3]);
    partition_hold_again(&partition, &messages[1]);     /* the turn had taken 0 and 1, newest first */
    partition_hold_again(&partition, &messages[0]);
    partition_hold_again(&partition, &messages[2]);     /* was being offered */
    partition_hold_last(&partition, &messages[4]);
    assert_order(0, 4);
}
END_TEST

/* Position 7: the record at 6, with the id "six", was the last one. */
static void
begin_behind_six(void)
{
    const struct position position = { .next = 7, .last_event_id = "six" };

    ck_assert_int_eq(partition_begin(&partition, &position), 6);
}

enum { SECOND_US = 1000000 };

START_TEST(a_log_that_is_short_for_a_moment_is_waited_for)
{
    begin_behind_six();
    ck_assert(partition_seems_short(&partition, 7, 6, 10 * SECOND_US));
    ck_assert(partition_seems_short(&partition, 7, 6, 40 * SECOND_US));
    ck_assert_ptr_null(partition_check(&partition, 7, 6, "six"));
    ck_assert(!partition_seems_short(&partition, 7, 7, 41 * SECOND_US));
}
END_TEST

START_TEST(a_log_that_stays_short_is_believed_after_a_minute)
{
    begin_behind_six();
    ck_assert(partition_seems_short(&partition, 7, 6, 10 * SECOND_US));
    ck_assert(!partition_seems_short(&partition, 7, 6, 70 * SECOND_US));
    ck_assert_str_eq(partition_check(&partition, 7, 6, NULL), "other_record_at_position");
}
END_TEST

START_TEST(another_record_before_the_position_is_believed_at_once)
{
    begin_behind_six();
    ck_assert_str_eq(partition_check(&partition, 7, 6, "seven"), "other_record_at_position");
}
END_TEST

START_TEST(an_end_at_the_position_is_no_short_log)
{
    begin_behind_six();
    ck_assert(!partition_seems_short(&partition, 7, 7, 10 * SECOND_US));
    ck_assert_ptr_null(partition_check(&partition, 7, 7, NULL));
}
END_TEST

START_TEST(one_that_comes_back_last_is_the_newest)
{
    partition_hold_again(&partition, &messages[0]);
    partition_hold_again(&partition, &messages[1]);
    partition_hold_last(&partition, &messages[2]);
    assert_order(0, 2);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("partition");
    TCase *tcase = tcase_create("partition");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, what_is_read_later_is_held_behind);
    tcase_add_test(tcase, an_undone_turn_comes_before_the_record_in_whose_midst_it_was_undone);
    tcase_add_test(tcase, one_that_comes_back_last_is_the_newest);
    tcase_add_test(tcase, a_log_that_is_short_for_a_moment_is_waited_for);
    tcase_add_test(tcase, a_log_that_stays_short_is_believed_after_a_minute);
    tcase_add_test(tcase, another_record_before_the_position_is_believed_at_once);
    tcase_add_test(tcase, an_end_at_the_position_is_no_short_log);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
