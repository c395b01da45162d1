/* What a partition holds back comes again in the order of the log. */
#include "../../common/kafka/partition.h"

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
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
