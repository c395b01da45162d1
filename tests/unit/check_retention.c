/* Retention: what is deleted, when, how much at once, and what never is. With all three services in memory. */
#include "../../common/retention.h"
#include "../../common/store/db.h"
#include "../../common/store/dead_letter.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/processed_event.h"
#include "choreography.h"

#include <check.h>
#include <string.h>

enum { OUTBOX_S = 10, PROCESSED_S = 20, IDEMPOTENCY_S = 30, SOLD = 40 };

/* ---- Fixture ---- */

static struct choreography c;
static struct settings settings;
static struct core *order, *payment;
static struct retention *of_order, *of_payment;

static void
listen(struct core *core, struct retention *retention)
{
    group_listen(core->group,
                 (struct group_listener){ retention_before_commit, retention_after_commit, retention });
}

static void
set_up(void)
{
    choreography_open(&c);
    settings = (struct settings){ .outbox_retention_s = OUTBOX_S, .processed_event_retention_s = PROCESSED_S,
                                  .idempotency_retention_s = IDEMPOTENCY_S };
    order = &c.cores[ORDER_SVC];
    payment = &c.cores[PAYMENT_SVC];
    of_order = retention_new(order, &settings, &c.clock);
    of_payment = retention_new(payment, &settings, &c.clock);
    retention_know_broker(of_order, false);
    retention_know_broker(of_payment, false);
    listen(order, of_order);
    listen(payment, of_payment);
    open_account(&c, "alice", "EUR", 1000000);
}

static void
tear_down(void)
{
    retention_free(of_order);
    retention_free(of_payment);
    choreography_close(&c);
}

/* ---- Helpers ---- */

/* Orders that are paid and told of, all of them at one time. */
static void
sell(int orders)
{
    for (int i = 0; i < orders; i++)
        place_order(&c, "alice");
    run_until_quiet(&c);
}

static void
pass_seconds(int s)
{
    clock_advance(&c.clock, 1000 * s + 1);
}

#define ROWS(member_, table_) number_of(&c, member_, "SELECT count(*) FROM " table_)

static uint64_t
deleted(const struct retention *retention, const char *table)
{
    const char *name;
    uint64_t rows;

    for (int i = 0; retention_count(retention, i, &name, &rows); i++)
        if (strcmp(name, table) == 0)
            return rows;
    ck_abort_msg("%s has no retention", table);
    return 0;
}

/* A turn of so many causes that write nothing. */
static void
turn(struct core *core, int causes, bool commit)
{
    for (int i = 0; i < causes; i++) {
        group_cause_begin(core->group);
        group_cause_end(core->group, true);
    }
    if (commit)
        ck_assert(group_commit(core->group));
    else
        group_abort(core->group);
}

/* Idle time passes: as many looks as it takes until there is nothing to do twice in a row. Answers the turns. */
static int
idle(struct retention *retention, struct core *core)
{
    int turns = 0;

    for (int quiet = 0; quiet < 2;) {
        if (retention_begin_idle_turn(retention)) {
            ck_assert(group_commit(core->group));
            turns++;
            quiet = 0;
        } else {
            quiet++;
        }
    }
    return turns;
}

/* ---- Tests ---- */

START_TEST(a_commit_deletes_twice_as_many_old_rows_as_it_has_causes)
{
    int64_t before;

    sell(SOLD);
    pass_seconds(OUTBOX_S);
    before = ROWS(PAYMENT_SVC, "outbox");
    turn(payment, 3, true);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "outbox"), before - 6);
    ck_assert_uint_eq(deleted(of_payment, "outbox"), 6);
    turn(payment, 1, true);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "outbox"), before - 8);
    ck_assert_int_eq(number_of(&c, PAYMENT_SVC, "SELECT min(seq) FROM outbox"), 9);       /* the oldest went */
}
END_TEST

START_TEST(a_turn_without_causes_deletes_nothing)
{
    int64_t before;

    sell(SOLD);
    pass_seconds(OUTBOX_S);
    before = ROWS(PAYMENT_SVC, "outbox");
    group_begin(payment->group);
    ck_assert(group_commit(payment->group));
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "outbox"), before);
}
END_TEST

START_TEST(each_table_has_a_time_of_its_own)
{
    sell(SOLD);
    pass_seconds(OUTBOX_S);
    turn(payment, 100, true);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "outbox"), 0);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "processed_event"), SOLD);
    pass_seconds(PROCESSED_S - OUTBOX_S);
    turn(payment, 100, true);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "processed_event"), 0);
    ck_assert_int_gt(ROWS(PAYMENT_SVC, "idempotency_key"), 0);
    pass_seconds(IDEMPOTENCY_S - PROCESSED_S);
    turn(payment, 100, true);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "idempotency_key"), 0);
}
END_TEST

START_TEST(business_rows_stay)
{
    sell(SOLD);
    pass_seconds(3600);
    for (int i = 0; i < 3; i++) {
        turn(order, 200, true);
        turn(payment, 200, true);
        pass_seconds(60);
    }
    ck_assert_int_eq(ROWS(ORDER_SVC, "outbox"), 0);
    ck_assert_int_eq(ROWS(ORDER_SVC, "orders"), SOLD);
    ck_assert_int_eq(ROWS(ORDER_SVC, "order_history"), 3 * SOLD);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "payment"), SOLD);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "ledger"), SOLD + 1);
    ck_assert_int_eq(ROWS(NOTIFY_SVC, "notification"), SOLD);
    check_money(&c);
}
END_TEST

START_TEST(what_the_broker_does_not_have_stays_however_old_it_is)
{
    place_order(&c, "alice");
    pass_seconds(3600);
    turn(order, 10, true);
    ck_assert_int_eq(idle(of_order, order), 0);
    ck_assert_int_eq(ROWS(ORDER_SVC, "outbox"), 1);
    relay(&c);
    pass_seconds(60);                   /* it is looked again within a minute */
    ck_assert_int_eq(idle(of_order, order), 1);
    ck_assert_int_eq(ROWS(ORDER_SVC, "outbox"), 0);
}
END_TEST

START_TEST(a_dead_event_stays_and_goes_when_a_redrive_made_it_done)
{
    static const char done[] = "UPDATE processed_event SET outcome = 'DONE'";
    struct envelope in = event_about(&c, ORDER_CREATED, new_id(&c, ""), "{}");
    struct record_room room;

    group_cause_begin(payment->group);
    dead_letter_keep(payment->db, &(struct dead_letter){ .record = record_of_event(&in, &room),
                                                         .reason = "malformed_order", .message = "", .cluster = "",
                                                         .received_at = in.received_at });
    processed_event_mark_dead(payment->db, &in);
    group_cause_end(payment->group, true);
    ck_assert(group_commit(payment->group));
    pass_seconds(3600);
    turn(payment, 10, true);
    idle(of_payment, payment);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "processed_event"), 1);
    ck_assert_int_eq(db_run(payment->db, done, NULL), 1);
    pass_seconds(60);
    idle(of_payment, payment);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "processed_event"), 0);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "dead_letter"), 1);
}
END_TEST

START_TEST(dead_events_do_not_hide_old_ones_behind_them)
{
    static const char dead[] = "UPDATE processed_event SET outcome = 'DEAD'";

    sell(SOLD);
    db_run(payment->db, dead, NULL);
    sell(1);
    pass_seconds(PROCESSED_S);
    turn(payment, 1, true);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "processed_event"), SOLD);
    ck_assert_uint_eq(deleted(of_payment, "processed_event"), 1);
}
END_TEST

START_TEST(idle_time_catches_up_in_small_steps_and_then_leaves_the_database_alone)
{
    static const char sql[] =
        "WITH n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 700)"
        " INSERT INTO processed_event SELECT i, 'DONE', :now FROM n";
    uint64_t commits;

    db_run(payment->db, sql, FIELDS(INT("now", clock_now_ms(&c.clock))));
    pass_seconds(PROCESSED_S);
    ck_assert_int_eq(idle(of_payment, payment), 3);          /* 256 rows each */
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "processed_event"), 0);
    commits = group_stats(payment->group)->commits;
    pass_seconds(5);
    ck_assert_int_eq(idle(of_payment, payment), 0);
    ck_assert_uint_eq(group_stats(payment->group)->commits, commits);
}
END_TEST

START_TEST(a_service_that_is_at_work_is_not_disturbed)
{
    sell(SOLD);
    idle(of_order, order);
    pass_seconds(OUTBOX_S);
    group_cause_begin(order->group);
    group_cause_end(order->group, true);
    ck_assert(!retention_begin_idle_turn(of_order));         /* a turn is open */
    ck_assert(group_commit(order->group));
    ck_assert(!retention_begin_idle_turn(of_order));         /* something was committed since */
    ck_assert(retention_begin_idle_turn(of_order));
    ck_assert(group_commit(order->group));
}
END_TEST

START_TEST(a_turn_that_is_undone_deletes_nothing)
{
    int64_t before;

    sell(SOLD);
    pass_seconds(OUTBOX_S);
    before = ROWS(PAYMENT_SVC, "outbox");
    turn(payment, 100, false);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "outbox"), before);
    ck_assert_uint_eq(deleted(of_payment, "outbox"), 0);
}
END_TEST

START_TEST(how_far_is_noted_for_the_auditor)
{
    int64_t sold_at;

    sell(SOLD);
    sold_at = clock_now_ms(&c.clock);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "forgotten"), 0);
    pass_seconds(PROCESSED_S);
    turn(payment, 1, true);
    ck_assert_int_eq(number_of(&c, PAYMENT_SVC, "SELECT until FROM forgotten WHERE name = 'processed_event'"),
                     sold_at + 1);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "forgotten WHERE name = 'idempotency_key'"), 0);
}
END_TEST

START_TEST(an_embedded_broker_needs_no_more_than_ten_minutes_of_the_outbox)
{
    settings.outbox_retention_s = 3600;
    retention_know_broker(of_payment, false);
    sell(1);
    pass_seconds(700);
    ck_assert_int_eq(idle(of_payment, payment), 1);           /* processed_event and the answers */
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "outbox"), 1);
    retention_know_broker(of_payment, true);
    ck_assert_int_eq(idle(of_payment, payment), 1);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "outbox"), 0);
}
END_TEST

START_TEST(while_no_broker_is_known_all_of_the_outbox_stays)
{
    retention_forget_broker(of_payment);
    sell(1);
    pass_seconds(100000);
    idle(of_payment, payment);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "outbox"), 1);
    retention_know_broker(of_payment, false);
    idle(of_payment, payment);
    ck_assert_int_eq(ROWS(PAYMENT_SVC, "outbox"), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("retention");
    TCase *tcase = tcase_create("retention");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_commit_deletes_twice_as_many_old_rows_as_it_has_causes);
    tcase_add_test(tcase, a_turn_without_causes_deletes_nothing);
    tcase_add_test(tcase, each_table_has_a_time_of_its_own);
    tcase_add_test(tcase, business_rows_stay);
    tcase_add_test(tcase, while_no_broker_is_known_all_of_the_outbox_stays);
    tcase_add_test(tcase, what_the_broker_does_not_have_stays_however_old_it_is);
    tcase_add_test(tcase, a_dead_event_stays_and_goes_when_a_redrive_made_it_done);
    tcase_add_test(tcase, dead_events_do_not_hide_old_ones_behind_them);
    tcase_add_test(tcase, idle_time_catches_up_in_small_steps_and_then_leaves_the_database_alone);
    tcase_add_test(tcase, a_service_that_is_at_work_is_not_disturbed);
    tcase_add_test(tcase, a_turn_that_is_undone_deletes_nothing);
    tcase_add_test(tcase, how_far_is_noted_for_the_auditor);
    tcase_add_test(tcase, an_embedded_broker_needs_no_more_than_ten_minutes_of_the_outbox);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
