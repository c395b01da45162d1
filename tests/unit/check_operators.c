/* What operators look at and decide: dead letters redriven, rows of the outbox sent again, and what is kept of it. */
#include "choreography.h"

#include "../../common/base/record.h"
#include "../../common/redrive.h"
#include "../../common/store/attempt.h"
#include "../../common/store/db.h"
#include "../../common/store/dead_letter.h"
#include "../../common/store/dead_letter_list.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/operation.h"
#include "../../common/store/outbox_list.h"
#include "../../common/store/parked.h"
#include "../../common/store/processed_event.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- Fixture ---- */

static struct choreography c;
static char listed[4096];

static void
set_up(void)
{
    choreography_open(&c);
    listed[0] = '\0';
}

static void
tear_down(void)
{
    choreography_close(&c);
}

/* ---- Helpers ---- */

static const char *
letters(enum member of)
{
    static const char sql[] = "SELECT group_concat(state || ' ' || reason || ' ' || tries, ', ') FROM dead_letter";

    return text_of(&c, of, sql, NULL);
}

/* Keeps a record as a dead letter of this reason, as if it had come back from its topic. */
static void
keep(enum member at, const struct record *record, const char *reason)
{
    struct core *core = &c.cores[at];
    struct dead_letter letter = { .record = *record, .reason = reason, .message = "why", .group = core->service->name,
                                  .original_topic = topic_name(record->topic), .cluster = "one", .received_at = 5 };

    group_cause_begin(core->group);
    dead_letter_keep(core->db, &letter);
    group_cause_end(core->group, true);
    ck_assert(group_commit(core->group));
}

/* The event becomes a dead letter of the service, and counts as processed there. */
static void
set_event_aside(enum member at, const struct envelope *in, const char *reason)
{
    struct core *core = &c.cores[at];
    struct record_room room;
    struct record record = record_of_event(in, &room);

    if (at != ORDER_SVC) {
        group_cause_begin(core->group);
        processed_event_mark_dead(core->db, in);
        group_cause_end(core->group, true);
    }
    keep(at, &record, reason);
}

/* An event by hand; the handlers that hear it refuse it. */
static struct envelope
malformed(enum envelope_type type)
{
    struct envelope in = event_about(&c, type, new_id(&c, ""), "{}");

    in.source = "/test";
    return in;
}

static struct redrive
redrive_one(enum member at, int64_t id)
{
    struct redrive result = redrive_letter(&c.cores[at], id, clock_now_ms(&c.clock), &c.arena);

    ck_assert(group_commit(c.cores[at].group));
    return result;
}

static void
check_redrive(enum member at, int64_t id, enum redriven how, const char *part)
{
    struct redrive result = redrive_one(at, id);

    ck_assert_msg((int)result.how == (int)how && strstr(result.text, part) != NULL, "%d: %s", (int)result.how, result.text);
}

static void __attribute__((format(printf, 1, 2)))
add_to_list(const char *format, ...)
{
    size_t used = strlen(listed);
    va_list args;

    va_start(args, format);
    vsnprintf(listed + used, sizeof(listed) - used, format, args);
    va_end(args);
}

static void
list_id(void *context, int64_t id)
{
    (void)context;
    add_to_list("%lld ", (long long)id);
}

static void
list_reason(void *context, const char *reason, int64_t count)
{
    (void)context;
    add_to_list("%s %lld, ", reason, (long long)count);
}

static void
list_row(void *context, const struct outbox_entry *entry)
{
    (void)context;
    add_to_list("%lld %s, ", (long long)entry->seq, entry->state);
}

static void
list_operation(void *context, const struct operation *operation)
{
    (void)context;
    add_to_list("%s|%s|%s|%s, ", operation->who, operation->what, operation->why, operation->outcome);
}

static const char *
rows_of(const char *state)
{
    listed[0] = '\0';
    outbox_list(c.cores[ORDER_SVC].db, state, 100, list_row, NULL);
    return listed;
}

/* ---- Redrive ---- */

START_TEST(a_redriven_letter_has_its_effect_and_is_closed)
{
    const char *order_id;

    open_account(&c, "alice", "EUR", 10000);
    set_aside(&c, PAYMENT_SVC, ORDER_CREATED);
    order_id = place_order(&c, "alice");
    run_until_quiet(&c);
    set_event_aside(PAYMENT_SVC, said(&c, order_id, ORDER_CREATED), "not_now");
    check_redrive(PAYMENT_SVC, 1, REDRIVEN, "done: dead letter 1 was handled");
    ck_assert_str_eq(letters(PAYMENT_SVC), "DONE not_now 0");
    ck_assert_str_eq(text_of(&c, PAYMENT_SVC, "SELECT outcome FROM processed_event", NULL), "DONE");
    run_until_quiet(&c);
    ck_assert_str_eq(text_of(&c, ORDER_SVC, "SELECT status FROM orders", NULL), "PAID");
    check_money(&c);
    check_redrive(PAYMENT_SVC, 1, REDRIVE_IMPOSSIBLE, "it is not open any more");
    check_redrive(PAYMENT_SVC, 2, REDRIVE_UNKNOWN, "there is no dead letter 2");
}
END_TEST

START_TEST(a_service_that_dedups_by_state_is_redriven_too)
{
    const char *order_id;

    open_account(&c, "alice", "EUR", 10000);
    set_aside(&c, ORDER_SVC, PAYMENT_COMPLETED);
    order_id = place_order(&c, "alice");
    run_until_quiet(&c);
    set_event_aside(ORDER_SVC, said(&c, order_id, PAYMENT_COMPLETED), "not_now");
    check_redrive(ORDER_SVC, 1, REDRIVEN, "done");
    run_until_quiet(&c);
    check_agreement(&c);
    check_notifications(&c);
    ck_assert_str_eq(text_of(&c, ORDER_SVC, "SELECT status FROM orders", NULL), "PAID");
}
END_TEST

START_TEST(after_its_compensation_a_redrive_changes_nothing_and_says_so)
{
    const struct envelope *created;
    const char *order_id, *before;

    open_account(&c, "alice", "EUR", 10000);
    set_aside(&c, PAYMENT_SVC, ORDER_CREATED);
    order_id = place_order(&c, "alice");
    run_until_quiet(&c);
    created = said(&c, order_id, ORDER_CREATED);
    ck_assert_int_eq(give_up(&c, PAYMENT_SVC, created).how, HANDLED);
    set_event_aside(PAYMENT_SVC, created, "not_now");
    run_until_quiet(&c);
    ck_assert_str_eq(text_of(&c, ORDER_SVC, "SELECT status FROM orders", NULL), "REJECTED");
    before = dump(&c);
    check_redrive(PAYMENT_SVC, 1, REDRIVEN_BEFORE, "nothing changed: ");
    run_until_quiet(&c);
    ck_assert_str_eq(dump(&c), before);
    ck_assert_str_eq(letters(PAYMENT_SVC), "DONE not_now 0");
}
END_TEST

START_TEST(refused_again_it_stays_open_with_one_more_try_and_gives_nothing_up)
{
    struct envelope in = malformed(ORDER_CREATED);
    int64_t rows;

    set_event_aside(PAYMENT_SVC, &in, "malformed_order");
    rows = rows_in(&c, PAYMENT_SVC);
    check_redrive(PAYMENT_SVC, 1, REDRIVE_FAILED, "dead letter 1 stays open: malformed_order");
    check_redrive(PAYMENT_SVC, 1, REDRIVE_FAILED, "stays open");
    ck_assert_str_eq(letters(PAYMENT_SVC), "OPEN malformed_order 2");
    ck_assert_str_eq(text_of(&c, PAYMENT_SVC, "SELECT outcome FROM processed_event", NULL), "DEAD");
    ck_assert_int_eq(rows_in(&c, PAYMENT_SVC), rows);
}
END_TEST

START_TEST(what_is_no_event_of_ours_cannot_be_redriven)
{
    const struct record junk = { .topic = ORDERS, .partition = 1, .offset = 2, .value = "{}", .value_size = 2 };
    struct envelope paid = malformed(ORDER_PAID);

    keep(PAYMENT_SVC, &junk, "not_a_cloudevent");
    set_event_aside(PAYMENT_SVC, &paid, "from_a_later_version");
    check_redrive(PAYMENT_SVC, 1, REDRIVE_IMPOSSIBLE, "the record is no event of ours (not_a_cloudevent); discard it");
    check_redrive(PAYMENT_SVC, 2, REDRIVE_IMPOSSIBLE, "payment-svc does not react to its type any more");
    ck_assert_str_eq(letters(PAYMENT_SVC), "OPEN not_a_cloudevent 0, OPEN from_a_later_version 0");
}
END_TEST

START_TEST(a_redrive_whose_commit_fails_never_was)
{
    const char *order_id, *before;

    open_account(&c, "alice", "EUR", 10000);
    set_aside(&c, PAYMENT_SVC, ORDER_CREATED);
    order_id = place_order(&c, "alice");
    run_until_quiet(&c);
    set_event_aside(PAYMENT_SVC, said(&c, order_id, ORDER_CREATED), "not_now");
    before = dump(&c);
    ck_assert_int_eq(redrive_letter(&c.cores[PAYMENT_SVC], 1, 9, &c.arena).how, REDRIVEN);
    group_abort(c.cores[PAYMENT_SVC].group);
    ck_assert_str_eq(dump(&c), before);
    ck_assert_str_eq(letters(PAYMENT_SVC), "OPEN not_now 0");
    check_redrive(PAYMENT_SVC, 1, REDRIVEN, "done");
}
END_TEST

START_TEST(a_broken_off_run_goes_on_with_those_that_were_tried_least)
{
    struct db *db = c.cores[PAYMENT_SVC].db;

    for (int i = 0; i < 3; i++) {
        struct envelope in = malformed(ORDER_CREATED);

        set_event_aside(PAYMENT_SVC, &in, i == 1 ? "other" : "malformed_order");
    }
    redrive_one(PAYMENT_SVC, 1);
    dead_letters_open_ids(db, NULL, 100, list_id, NULL);
    ck_assert_str_eq(listed, "2 3 1 ");
    listed[0] = '\0';
    dead_letters_open_ids(db, "malformed_order", 1, list_id, NULL);
    ck_assert_str_eq(listed, "3 ");
    listed[0] = '\0';
    dead_letters_by_reason(db, list_reason, NULL);
    ck_assert_str_eq(listed, "malformed_order 2, other 1, ");
    db_end_cause(db);
}
END_TEST

/* ---- The outbox ---- */

static void
move_cursor_and_park(struct db *db, int64_t cursor, int64_t seq)
{
    struct group_commit *group = c.cores[ORDER_SVC].group;
    static const char sql[] = "UPDATE relay_cursor SET seq = :seq";

    group_cause_begin(group);
    db_run(db, sql, FIELDS(INT("seq", cursor)));
    if (seq > 0)
        ck_assert(parked_add(db, seq, "MSG_SIZE_TOO_LARGE", 7));
    group_cause_end(group, true);
    ck_assert(group_commit(group));
}

START_TEST(rows_are_listed_by_what_is_to_be_done_with_them)
{
    struct db *db = c.cores[ORDER_SVC].db;
    struct outbox_entry entry;

    for (int i = 0; i < 4; i++)
        place_order(&c, "alice");
    move_cursor_and_park(db, 2, 3);
    ck_assert_str_eq(rows_of(NULL), "3 PARKED, 4 PENDING, ");
    ck_assert_str_eq(rows_of("SENT"), "1 SENT, 2 SENT, ");
    ck_assert_str_eq(rows_of("PENDING"), "4 PENDING, ");
    ck_assert_str_eq(rows_of("PARKED"), "3 PARKED, ");
    ck_assert_str_eq(rows_of("SKIPPED"), "");
    ck_assert(outbox_entry_get(db, 3, &entry));
    ck_assert_str_eq(entry.reason, "MSG_SIZE_TOO_LARGE");
    ck_assert(outbox_entry_get(db, 1, &entry));
    ck_assert_ptr_null(entry.reason);
    ck_assert(!outbox_entry_get(db, 9, &entry));
    ck_assert_int_eq(parked_keys(db), 1);
    db_end_cause(db);
}
END_TEST

START_TEST(only_rows_that_were_sent_go_again_with_their_ids_and_nobody_has_an_effect_twice)
{
    const struct outbox_range all = { 1, INT64_MAX, 0 }, none = { 1, INT64_MAX, INT64_MAX }, second = { 2, 2, 0 };
    struct db *db = c.cores[ORDER_SVC].db;
    const char *order_id;
    int64_t money;

    open_account(&c, "alice", "EUR", 10000);
    order_id = place_order(&c, "alice");
    run_until_quiet(&c);
    place_order(&c, "alice");                   /* row 3 is not sent yet */
    ck_assert_int_eq(outbox_range_count(db, &all), 2);
    ck_assert_int_eq(outbox_range_count(db, &none), 0);
    ck_assert_int_eq(outbox_range_count(db, &second), 1);
    group_cause_begin(c.cores[ORDER_SVC].group);
    ck_assert_int_eq(outbox_republish(db, &all), 2);
    group_cause_end(c.cores[ORDER_SVC].group, true);
    ck_assert(group_commit(c.cores[ORDER_SVC].group));
    ck_assert_str_eq(rows_of("PENDING"), "3 PENDING, 4 PENDING, 5 PENDING, ");
    money = number_of(&c, PAYMENT_SVC, "SELECT balance FROM account");
    run_until_quiet(&c);
    ck_assert_int_eq(number_of(&c, PAYMENT_SVC, "SELECT balance FROM account"), money - 2500);    /* the new order's */
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) - count(DISTINCT event_id) FROM outbox"), 2);
    ck_assert_str_eq(text_of(&c, ORDER_SVC, "SELECT status FROM orders WHERE order_id = :id", order_id), "PAID");
    check_money(&c);
    check_notifications(&c);
}
END_TEST

/* ---- What is kept ---- */

START_TEST(decisions_are_kept_with_who_and_why)
{
    struct core *core = &c.cores[NOTIFY_SVC];
    struct operation first = { 1, "alice (uid 1)", "outbox skip 3", "it is \"too\" large", "done: …" };
    struct operation second = { 2, "bob (uid 2)", "outbox retry 4", "", "row 4 is SENT" };

    group_cause_begin(core->group);
    operation_add(core->db, &first);
    operation_add(core->db, &second);
    group_cause_end(core->group, true);
    ck_assert(group_commit(core->group));
    operations_read(core->db, 1, list_operation, NULL);
    operations_read(core->db, 5, list_operation, NULL);
    ck_assert_str_eq(listed, "bob (uid 2)|outbox retry 4||row 4 is SENT, "
                             "bob (uid 2)|outbox retry 4||row 4 is SENT, "
                             "alice (uid 1)|outbox skip 3|it is \"too\" large|done: …, ");
    db_end_cause(core->db);
}
END_TEST

static void
list_moment(void *context, int64_t at_ms, const char *what)
{
    (void)context;
    ck_assert_int_gt(at_ms, 0);
    add_to_list("%.12s; ", what);
}

START_TEST(each_service_tells_what_happened_to_an_order)
{
    const char *order_id;

    open_account(&c, "alice", "EUR", 10000);
    order_id = place_order(&c, "alice");
    run_until_quiet(&c);
    for (int i = 0; i < MEMBERS; i++)
        c.cores[i].service->timeline(c.cores[i].db, order_id, list_moment, NULL);
    ck_assert_str_eq(listed, "CREATED by r; PAID by paym; PAID by noti; payment deci; CHARGE of 25; notification; notification; ");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("operators");
    TCase *tests = tcase_create("operators");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_redriven_letter_has_its_effect_and_is_closed);
    tcase_add_test(tests, a_service_that_dedups_by_state_is_redriven_too);
    tcase_add_test(tests, after_its_compensation_a_redrive_changes_nothing_and_says_so);
    tcase_add_test(tests, refused_again_it_stays_open_with_one_more_try_and_gives_nothing_up);
    tcase_add_test(tests, what_is_no_event_of_ours_cannot_be_redriven);
    tcase_add_test(tests, a_redrive_whose_commit_fails_never_was);
    tcase_add_test(tests, a_broken_off_run_goes_on_with_those_that_were_tried_least);
    tcase_add_test(tests, rows_are_listed_by_what_is_to_be_done_with_them);
    tcase_add_test(tests, only_rows_that_were_sent_go_again_with_their_ids_and_nobody_has_an_effect_twice);
    tcase_add_test(tests, decisions_are_kept_with_who_and_why);
    tcase_add_test(tests, each_service_tells_what_happened_to_an_order);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
