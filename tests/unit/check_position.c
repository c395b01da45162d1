/* Positions run ahead of the table by one turn, and go back when the turn is lost. */
#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/meta.h"
#include "../../common/store/position.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- Fixture ---- */

static struct clock clock;
static struct log log_;
static struct db *db;
static struct group_commit *group;
static struct positions *positions;

static void
set_up(void)
{
    const struct meta meta = { "order-svc", 0, 1, 12, "" };
    char *error = NULL;

    clock = clock_manual(1000);
    log_ = (struct log){ .service = "test", .clock = &clock, .fd = -1 };
    db = db_open(":memory:", &log_, &error);
    ck_assert_msg(db != NULL && meta_open(db, &meta, "", &error) == 0, "%s", error);
    db_context(db)->shard = (struct shard){ 0, 1, 12 };
    group = group_new(db, &clock);
    positions = positions_new(db, 12);
    group_listen(group, (struct group_listener){ positions_before_commit, positions_after_commit, positions });
}

static void
tear_down(void)
{
    positions_free(positions);
    group_free(group);
    db_close(db);
}

/* ---- Helpers ---- */

static void
pass(enum topic topic, int partition, int64_t offset, const char *event_id)
{
    group_begin(group);
    positions_pass(positions, topic, partition, offset, event_id);
}

static void
check_next(enum topic topic, int partition, int64_t next, const char *event_id)
{
    const struct position *position = positions_get(positions, topic, partition);

    ck_assert_int_eq(position->next, next);
    ck_assert_str_eq(position->last_event_id, event_id);
}

static const char *
table(void)
{
    static const char sql[] =
        "SELECT group_concat(topic || ':' || partition || '=' || next_offset"
        "                    || ifnull('(' || last_event_id || ')', ''), ' ')"
        "  FROM (SELECT * FROM position ORDER BY topic, partition)";
    const char *text = db_text(db, sql, NULL);

    return text == NULL ? "" : text;
}

/* ---- Tests ---- */

START_TEST(before_anything_was_read_there_is_no_position)
{
    for (int topic = 0; topic < TOPICS; topic++)
        for (int partition = 0; partition < 12; partition++)
            check_next((enum topic)topic, partition, -1, "");
    ck_assert(!positions_dirty(positions));
}
END_TEST

START_TEST(what_was_passed_is_known_at_once_and_stored_by_the_commit)
{
    pass(PAYMENTS, 3, 41, "e1");
    pass(PAYMENTS, 3, 42, "e2");
    pass(NOTIFICATIONS, 11, 0, NULL);
    check_next(PAYMENTS, 3, 43, "e2");
    check_next(NOTIFICATIONS, 11, 1, "");
    check_next(PAYMENTS, 4, -1, "");
    ck_assert(positions_dirty(positions));
    ck_assert_str_eq(table(), "");
    ck_assert(group_commit(group));
    ck_assert(!positions_dirty(positions));
    ck_assert_str_eq(table(), "notifications:11=1 payments:3=43(e2)");
}
END_TEST

START_TEST(only_what_moved_is_written_again)
{
    pass(PAYMENTS, 3, 41, "e1");
    pass(PAYMENTS, 4, 7, "e2");
    ck_assert(group_commit(group));
    ck_assert_int_eq(db_script(db, "UPDATE position SET last_event_id = 'seen' WHERE partition = 4"), 0);
    pass(PAYMENTS, 3, 42, NULL);
    ck_assert(group_commit(group));
    ck_assert_str_eq(table(), "payments:3=43 payments:4=8(seen)");
}
END_TEST

START_TEST(a_lost_turn_goes_back_to_what_is_stored)
{
    pass(PAYMENTS, 3, 41, "e1");
    ck_assert(group_commit(group));
    pass(PAYMENTS, 3, 42, "e2");
    pass(PAYMENTS, 5, 9, "e3");
    group_abort(group);
    check_next(PAYMENTS, 3, 42, "e1");
    check_next(PAYMENTS, 5, -1, "");
    ck_assert(!positions_dirty(positions));
    ck_assert_str_eq(table(), "payments:3=42(e1)");
    pass(PAYMENTS, 3, 42, "e2");
    ck_assert(group_commit(group));
    ck_assert_str_eq(table(), "payments:3=43(e2)");
}
END_TEST

START_TEST(a_commit_that_fails_goes_back_too)
{
    ck_assert_int_eq(db_script(db, "CREATE TRIGGER broken BEFORE INSERT ON position BEGIN"
                                   "  SELECT RAISE(ABORT, 'broken on purpose'); END"), 0);
    pass(PAYMENTS, 3, 41, "e1");
    ck_assert(!group_commit(group));
    check_next(PAYMENTS, 3, -1, "");
    ck_assert_int_eq(db_script(db, "DROP TRIGGER broken"), 0);
    pass(PAYMENTS, 3, 41, "e1");
    ck_assert(group_commit(group));
    check_next(PAYMENTS, 3, 42, "e1");
}
END_TEST

START_TEST(loading_reads_the_table_and_forgets_the_rest)
{
    pass(ORDERS, 0, 5, "e1");
    ck_assert(group_commit(group));
    positions_pass(positions, ORDERS, 1, 6, "e2");
    positions_load(positions);
    check_next(ORDERS, 0, 6, "e1");
    check_next(ORDERS, 1, -1, "");
    ck_assert(!positions_dirty(positions));
}
END_TEST

START_TEST(rows_that_this_version_does_not_know_are_left_alone)
{
    ck_assert_int_eq(db_script(db, "INSERT INTO position VALUES ('returns', 1, 5, NULL), ('orders', 12, 5, NULL),"
                                   " ('orders', -1, 5, NULL),"
                                   " ('orders', 2, 8, 'an id that is longer than any UUID is')"), 0);
    positions_load(positions);
    check_next(ORDERS, 2, 8, "");
    pass(ORDERS, 2, 8, "e1");
    ck_assert(group_commit(group));
    ck_assert_int_eq(db_number(db, "SELECT count(*) FROM position", NULL, 0), 4);
}
END_TEST

START_TEST(an_id_that_is_too_long_is_not_kept)
{
    pass(ORDERS, 2, 8, "an id that is longer than any UUID is");
    check_next(ORDERS, 2, 9, "");
}
END_TEST

START_TEST(a_reset_forgets_everything)
{
    pass(PAYMENTS, 3, 41, "e1");
    pass(ORDERS, 0, 5, "e2");
    ck_assert(group_commit(group));
    group_begin(group);
    positions_reset(positions);
    check_next(PAYMENTS, 3, -1, "");
    ck_assert(group_commit(group));
    check_next(PAYMENTS, 3, -1, "");
    ck_assert_str_eq(table(), "");
    pass(PAYMENTS, 3, 0, "e3");
    ck_assert(group_commit(group));
    ck_assert_str_eq(table(), "payments:3=1(e3)");
}
END_TEST

START_TEST(a_reset_in_a_turn_that_is_lost_has_not_happened)
{
    pass(PAYMENTS, 3, 41, "e1");
    ck_assert(group_commit(group));
    group_begin(group);
    positions_reset(positions);
    pass(PAYMENTS, 3, 0, "e3");
    group_abort(group);
    check_next(PAYMENTS, 3, 42, "e1");
    ck_assert_str_eq(table(), "payments:3=42(e1)");
}
END_TEST

START_TEST(a_reset_and_what_is_passed_after_it_are_stored_together)
{
    pass(PAYMENTS, 3, 41, "e1");
    pass(PAYMENTS, 4, 41, "e1");
    ck_assert(group_commit(group));
    group_begin(group);
    positions_reset(positions);
    pass(PAYMENTS, 3, 0, "e3");
    ck_assert(group_commit(group));
    ck_assert_str_eq(table(), "payments:3=1(e3)");
    check_next(PAYMENTS, 4, -1, "");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("position");
    TCase *tcase = tcase_create("position");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, before_anything_was_read_there_is_no_position);
    tcase_add_test(tcase, what_was_passed_is_known_at_once_and_stored_by_the_commit);
    tcase_add_test(tcase, only_what_moved_is_written_again);
    tcase_add_test(tcase, a_lost_turn_goes_back_to_what_is_stored);
    tcase_add_test(tcase, a_commit_that_fails_goes_back_too);
    tcase_add_test(tcase, loading_reads_the_table_and_forgets_the_rest);
    tcase_add_test(tcase, rows_that_this_version_does_not_know_are_left_alone);
    tcase_add_test(tcase, an_id_that_is_too_long_is_not_kept);
    tcase_add_test(tcase, a_reset_forgets_everything);
    tcase_add_test(tcase, a_reset_in_a_turn_that_is_lost_has_not_happened);
    tcase_add_test(tcase, a_reset_and_what_is_passed_after_it_are_stored_together);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
