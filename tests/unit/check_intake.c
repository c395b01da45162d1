/* What becomes of a record: attempts and back-off, giving up, crashes, unknown orders, what the database refuses. A small
 * service of our own answers what the test wants. */
#include "../../common/intake.h"

#include "../../common/base/clock.h"
#include "../../common/base/faults.h"
#include "../../common/base/log.h"
#include "../../common/base/memory.h"
#include "../../common/base/uuid.h"
#include "../../common/fallback.h"
#include "../../common/store/attempt.h"
#include "../../common/store/db.h"
#include "../../common/store/dead_letter.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/meta.h"
#include "../../common/store/outbox.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const char payment_schema[];

/* ---- Fixture ---- */

/* What the handlers are to answer, and how often they were asked. */
static struct {
    struct outcome answer, give_up_answer;
    int handled, given_up;
    uint64_t commits_seen;      /* by the last handler */
} wanted;

static struct clock clock_;
static struct log log_;
static struct uuid_source ids;
static struct core core;
static struct faults *faults;
static struct settings settings;
static struct set_aside how;
static struct intake *intake;
static struct arena arena;
static char data_dir[] = "/tmp/check_intake.XXXXXX";

/* Its work is a word said; it must be gone if the answer is not DONE. */
static struct outcome
on_event(struct db *db, const struct envelope *in)
{
    wanted.handled++;
    wanted.commits_seen = group_stats(core.group)->commits;
    outbox_add(db, envelope_answer(in, PAYMENT_COMPLETED, in->subject, 1, "{}"));
    return wanted.answer;
}

static struct outcome
give_up(struct db *db, const struct envelope *in)
{
    wanted.given_up++;
    outbox_add(db, envelope_answer(in, PAYMENT_DECLINED, in->subject, 1, "{}"));
    return wanted.give_up_answer;
}

static struct outcome
break_a_constraint(struct db *db, const struct envelope *in)
{
    static const char sql[] = "INSERT INTO account (customer_id, currency, balance) VALUES (:id, NULL, 0)";

    db_run(db, sql, FIELDS(TEXT("id", in->subject)));
    return DONE;
}

static const struct reaction reactions[] = {
    { .on = ORDER_CREATED, .handle = on_event, .once = BY_PROCESSED_EVENT, .emits = { PAYMENT_COMPLETED },
      .give_up = give_up, .give_up_emits = { PAYMENT_DECLINED } },
    { .on = ORDER_CANCELLED, .handle = on_event, .once = BY_PROCESSED_EVENT, .emits = { PAYMENT_COMPLETED },
      .compensates = true },
    { .on = ORDER_PAID, .handle = on_event, .once = BY_STATE, .emits = { PAYMENT_COMPLETED }, .max_attempts = 2,
      .backoff_interval_ms = 1000 },
    { .on = ORDER_REJECTED, .handle = break_a_constraint, .once = BY_STATE },
    { 0 }
};
static const struct route routes[] = { { 0 } };
static const struct service service = { .name = "test-svc", .source = "/test-svc", .reactions = reactions, .routes = routes };
static const struct meta ours = { "test-svc", 0, 1, 12, "" };

static void
set_up(void)
{
    char *error = NULL;

    memset(&wanted, 0, sizeof(wanted));
    clock_ = clock_manual(1767225600000);
    log_ = (struct log){ .service = "test", .clock = &clock_, .fd = -1 };
    arena_init(&arena);
    uuid_source_seeded(&ids, 1);
    ck_assert_ptr_nonnull(mkdtemp(data_dir));
    settings = (struct settings){ .data_dir = data_dir, .partitions = 12, .retry_max_attempts = 5,
                                  .retry_backoff_interval_ms = 200, .retry_backoff_max_ms = 1500 };
    faults = faults_new(&log_, &ids);
    core = (struct core){ .service = &service, .log = &log_, .db = db_open(":memory:", &log_, &error) };
    ck_assert_int_eq(meta_open(core.db, &ours, payment_schema, &error), 0);
    *db_context(core.db) = (struct db_context){ .settings = &settings, .ids = &ids, .source = "/test-svc",
                                                .shard = { 0, 1, 12 }, .faults = faults };
    core.group = group_new(core.db, &clock_);
    how = (struct set_aside){ .core = &core, .group = "test-svc" };
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        how.topic_names[topic] = topic_name((enum topic)topic);
    intake = intake_new(&core, &settings, &clock_, &how, NULL);
}

static void
tear_down(void)
{
    ck_assert_int_eq(db_failure(core.db), DB_FINE);
    intake_free(intake);
    group_free(core.group);
    db_close(core.db);
    faults_free(faults);
    arena_release(&arena);
    rmdir(data_dir);
    strcpy(data_dir + strlen(data_dir) - 6, "XXXXXX");
}

/* ---- Helpers ---- */

static struct envelope
an_event(enum envelope_type type)
{
    char id[UUID_TEXT], order[UUID_TEXT];

    uuid_new(&ids, clock_now_ms(&clock_), id);
    uuid_new(&ids, clock_now_ms(&clock_), order);
    return (struct envelope){
        .type = type,
        .id = arena_text(&arena, id),
        .subject = arena_text(&arena, order),
        .causation = "request:1",
        .source = "/order-svc",
        .time = clock_now_ms(&clock_),
        .received_at = clock_now_ms(&clock_),
        .data = "{}",
        .data_size = 2,
        .topic = envelope_topic(type),
        .partition = 3,
    };
}

/* Into the open turn. */
static struct taken
offer(const struct envelope *out)
{
    struct record_room room;
    struct record record = record_of_event(out, &room);

    record.offset = 7;
    return intake_record(intake, &record);
}

/* With a commit. */
static struct taken
bring(const struct envelope *out)
{
    struct taken taken = offer(out);

    ck_assert(group_commit(core.group));
    return taken;
}

static int64_t
number(const char *sql)
{
    int64_t found = db_number(core.db, sql, NULL, -1);

    db_end_cause(core.db);
    return found;
}

static int64_t
said(enum envelope_type type)
{
    static const char sql[] = "SELECT count(*) FROM outbox WHERE type = :type";

    return db_number(core.db, sql, FIELDS(TEXT("type", envelope_type_name(type))), -1);
}

static int64_t
letters_out(void)
{
    return number("SELECT count(*) FROM outbox WHERE packed IS NOT NULL");
}

static bool
keep(void *letter, int64_t seq, const struct envelope *out)
{
    struct record record = { .topic = out->topic, .partition = out->partition };

    (void)seq;
    if (out->packed == NULL)
        return true;
    ck_assert_int_eq(record_unpack(out->packed, out->packed_size, &arena, &record), 0);
    ck_assert(dead_letter_read(&record, "test-svc", &arena, letter));
    return true;
}

/* The last one that went out. */
static struct dead_letter
letter_out(void)
{
    struct dead_letter letter = { .reason = "" };

    outbox_read(core.db, 0, 1000, keep, &letter);
    return letter;
}

static struct attempt
attempts_of(const struct envelope *out)
{
    struct attempt attempt = attempt_get(core.db, out->id);

    db_end_cause(core.db);
    return attempt;
}

static void
crash(struct db *db, const void *in)
{
    attempt_add_crash(db, in, "signal 11");
}

/* The process has died so often in the handler of this event, and was started again. */
static void
crashed(const struct envelope *out, int times)
{
    while (times-- > 0)
        core_write(&core, (struct also){ crash, out });
    ck_assert(group_commit(core.group));
    intake_free(intake);
    group_free(core.group);
    core.group = group_new(core.db, &clock_);
    intake = intake_new(&core, &settings, &clock_, &how, NULL);
}

static void
order_fault(enum fault fault, enum envelope_type type, int64_t ms)
{
    faults_set(faults, &(struct fault_order){ .fault = fault, .type = type, .percent = 100, .ms = ms });
}

static void
between(int64_t low, int64_t high, int value)
{
    ck_assert_int_ge(value, low);
    ck_assert_int_le(value, high);
}

/* ---- Tests: again ---- */

START_TEST(a_failed_attempt_is_counted_and_its_work_undone)
{
    struct envelope out = an_event(ORDER_CREATED);

    wanted.answer = RETRY("not_now");
    ck_assert_int_eq(bring(&out).how, TAKEN_LATER);
    ck_assert_int_eq(attempts_of(&out).tries, 1);
    ck_assert_str_eq(attempts_of(&out).reason, "not_now");
    ck_assert_int_eq(bring(&out).how, TAKEN_LATER);
    ck_assert_int_eq(attempts_of(&out).tries, 2);
    ck_assert_int_eq(number("SELECT count(*) FROM outbox"), 0);
    ck_assert_int_eq(number("SELECT count(*) FROM processed_event"), 0);
    wanted.answer = DONE;
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(said(PAYMENT_COMPLETED), 1);
    ck_assert_int_eq(number("SELECT count(*) FROM attempt"), 0);
    ck_assert_int_eq(wanted.given_up, 0);
}
END_TEST

START_TEST(the_back_off_doubles_up_to_its_limit_with_a_quarter_of_jitter)
{
    struct envelope out = an_event(ORDER_CANCELLED), paid = an_event(ORDER_PAID);
    int different = 0, before;

    wanted.answer = RETRY("not_now");
    between(150, 200, bring(&out).again_ms);
    between(300, 400, bring(&out).again_ms);
    between(600, 800, bring(&out).again_ms);
    between(1125, 1500, before = bring(&out).again_ms);
    for (int i = 0; i < 20; i++) {
        int again_ms = bring(&out).again_ms;

        between(1125, 1500, again_ms);
        different += again_ms != before;
    }
    ck_assert_int_gt(different, 10);
    between(750, 1000, bring(&paid).again_ms);      /* its row says 1000 */
}
END_TEST

START_TEST(a_lost_turn_is_no_attempt)
{
    struct envelope out = an_event(ORDER_CREATED);

    wanted.answer = RETRY("not_now");
    order_fault(FAULT_COMMIT_FAILS, NO_TYPE, 0);
    for (int i = 0; i < 20; i++) {
        offer(&out);
        ck_assert(!group_commit(core.group));
    }
    ck_assert_int_eq(wanted.handled, 20);
    ck_assert_int_eq(number("SELECT count(*) FROM attempt"), 0);
    faults_clear(faults, FAULT_COMMIT_FAILS);
    bring(&out);
    ck_assert_int_eq(attempts_of(&out).tries, 1);
}
END_TEST

START_TEST(attempts_are_counted_over_a_restart)
{
    struct envelope out = an_event(ORDER_PAID);

    wanted.answer = RETRY("not_now");
    bring(&out);
    crashed(&out, 0);
    ck_assert_int_eq(bring(&out).how, TAKEN);        /* its row says 2 */
    ck_assert_int_eq(letters_out(), 1);
}
END_TEST

/* ---- Tests: giving up ---- */

START_TEST(used_up_attempts_are_given_up_in_one_transaction)
{
    struct envelope out = an_event(ORDER_CREATED);

    wanted.answer = RETRY("not_now");
    for (int i = 1; i < 5; i++)
        ck_assert_int_eq(bring(&out).how, TAKEN_LATER);
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(wanted.handled, 5);
    ck_assert_int_eq(wanted.given_up, 1);
    ck_assert_int_eq(said(PAYMENT_DECLINED), 1);
    ck_assert_int_eq(said(PAYMENT_COMPLETED), 0);
    ck_assert_int_eq(letters_out(), 1);
    ck_assert_str_eq(letter_out().reason, "not_now");
    ck_assert_str_eq(letter_out().message, "given up after 5 attempts");
    ck_assert_int_eq(letter_out().record.offset, 7);
    ck_assert_int_eq(number("SELECT count(*) FROM processed_event WHERE outcome = 'DEAD'"), 1);
    ck_assert_int_eq(number("SELECT count(*) FROM attempt"), 0);
    wanted.answer = DONE;
    ck_assert_int_eq(bring(&out).how, TAKEN);        /* a duplicate is not handled any more */
    ck_assert_int_eq(wanted.handled, 5);
}
END_TEST

START_TEST(a_compensation_and_its_dead_letter_stand_or_fall_together)
{
    struct envelope out = an_event(ORDER_CREATED);

    wanted.answer = REFUSED("malformed_order");
    ck_assert_int_eq(offer(&out).how, TAKEN);
    ck_assert_int_eq(said(PAYMENT_DECLINED), 1);
    ck_assert_int_eq(letters_out(), 1);
    group_abort(core.group);
    ck_assert_int_eq(said(PAYMENT_DECLINED), 0);
    ck_assert_int_eq(letters_out(), 0);
}
END_TEST

START_TEST(the_limit_is_the_settings_or_the_rows)
{
    struct envelope created = an_event(ORDER_CREATED), paid = an_event(ORDER_PAID);

    settings.retry_max_attempts = 1;
    wanted.answer = RETRY("not_now");
    ck_assert_int_eq(bring(&created).how, TAKEN);
    ck_assert_str_eq(letter_out().message, "given up after 1 attempts");
    ck_assert_int_eq(bring(&paid).how, TAKEN_LATER);
    ck_assert_int_eq(bring(&paid).how, TAKEN);
    ck_assert_str_eq(letter_out().message, "given up after 2 attempts");
    ck_assert_int_eq(wanted.given_up, 1);            /* order.paid has no compensation */
}
END_TEST

START_TEST(a_refusal_is_given_up_at_once)
{
    struct envelope out = an_event(ORDER_CREATED), broken = an_event(ORDER_REJECTED);

    wanted.answer = REFUSED("malformed_order");
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(wanted.given_up, 1);
    ck_assert_str_eq(letter_out().reason, "malformed_order");
    ck_assert_int_eq(said(PAYMENT_DECLINED), 1);
    ck_assert_int_eq(bring(&broken).how, TAKEN);
    ck_assert_str_eq(letter_out().reason, "database_constraint");
    ck_assert_int_eq(intake_stats(intake)->dead_letters, 2);
}
END_TEST

START_TEST(a_compensation_that_fails_three_times_is_left_to_people)
{
    struct envelope out = an_event(ORDER_CREATED);

    wanted.answer = REFUSED("malformed_order");
    wanted.give_up_answer = RETRY("still_not");
    between(150, 200, bring(&out).again_ms);
    ck_assert_int_eq(attempts_of(&out).give_ups, 1);
    ck_assert_int_eq(letters_out(), 0);
    between(300, 400, bring(&out).again_ms);
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(wanted.given_up, 3);
    ck_assert_str_eq(letter_out().reason, "compensation_failed");
    ck_assert_str_eq(letter_out().message, "malformed_order; giving it up failed as well: still_not");
    ck_assert_int_eq(said(PAYMENT_DECLINED), 0);
    ck_assert_int_eq(number("SELECT count(*) FROM attempt"), 0);
    ck_assert_int_eq(intake_stats(intake)->compensations_failed, 1);
}
END_TEST

START_TEST(between_two_compensations_the_handler_has_its_chance)
{
    struct envelope out = an_event(ORDER_CREATED);

    wanted.answer = REFUSED("malformed_order");
    wanted.give_up_answer = REFUSED("nor_this");
    bring(&out);
    wanted.answer = DONE;
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(said(PAYMENT_COMPLETED), 1);
    ck_assert_int_eq(letters_out(), 0);
    ck_assert_int_eq(number("SELECT count(*) FROM attempt"), 0);
}
END_TEST

START_TEST(what_is_a_compensation_itself_is_tried_without_limit)
{
    struct envelope out = an_event(ORDER_CANCELLED);

    wanted.answer = RETRY("not_now");
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(bring(&out).how, TAKEN_LATER);
    ck_assert_int_eq(attempts_of(&out).tries, 100);
    wanted.answer = DONE;
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(letters_out(), 0);
}
END_TEST

/* ---- Tests: unknown orders ---- */

START_TEST(an_unknown_order_is_never_compensated)
{
    struct envelope out = an_event(ORDER_CREATED);

    wanted.answer = REFUSED("unknown_order");
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(wanted.given_up, 0);
    ck_assert_str_eq(letter_out().reason, "unknown_order");
}
END_TEST

static void
bring_unknown(int times)
{
    wanted.answer = REFUSED("unknown_order");
    while (times-- > 0) {
        struct envelope out = an_event(ORDER_CREATED);

        ck_assert_int_eq(bring(&out).how, TAKEN);
    }
}

START_TEST(ten_unknown_orders_in_a_row_stop_the_partition_until_it_is_resumed)
{
    struct envelope tenth = an_event(ORDER_CREATED), elsewhere = an_event(ORDER_CREATED);
    struct taken taken;

    elsewhere.partition = 4;
    bring_unknown(9);
    ck_assert_int_eq(bring(&elsewhere).how, TAKEN);
    taken = bring(&tenth);
    ck_assert_int_eq(taken.how, TAKEN_HALT);
    ck_assert_str_eq(taken.why, "ten_unknown_orders_in_a_row");
    ck_assert_int_eq(letters_out(), 10);
    intake_resume(intake, ORDERS, 3);
    ck_assert_int_eq(bring(&tenth).how, TAKEN);
    ck_assert_int_eq(letters_out(), 11);
    bring_unknown(8);
}
END_TEST

START_TEST(a_known_order_between_them_begins_the_count_anew)
{
    struct envelope known = an_event(ORDER_CREATED), other = an_event(ORDER_PAID);

    bring_unknown(9);
    wanted.answer = DONE;
    bring(&known);
    bring_unknown(9);
    wanted.answer = REFUSED("impossible_state");
    bring(&other);
    bring_unknown(9);
}
END_TEST

START_TEST(an_unknown_order_in_lost_turns_counts_once)
{
    struct envelope out = an_event(ORDER_CREATED);

    wanted.answer = REFUSED("unknown_order");
    order_fault(FAULT_COMMIT_FAILS, NO_TYPE, 0);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(offer(&out).how, TAKEN);
        ck_assert(!group_commit(core.group));
    }
    faults_clear(faults, FAULT_COMMIT_FAILS);
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(letters_out(), 1);
}
END_TEST

/* ---- Tests: crashes ---- */

START_TEST(a_suspect_is_tried_alone)
{
    struct envelope out = an_event(ORDER_CREATED), other = an_event(ORDER_PAID);
    uint64_t commits;

    crashed(&out, 2);
    offer(&other);
    commits = group_stats(core.group)->commits;
    ck_assert_int_eq(offer(&out).how, TAKEN);
    ck_assert_int_eq(wanted.commits_seen, commits + 1);       /* what the other one did was durable by then */
    ck_assert(group_commit(core.group));
    ck_assert_int_eq(said(PAYMENT_COMPLETED), 2);
    ck_assert_int_eq(number("SELECT count(*) FROM attempt"), 0);
}
END_TEST

START_TEST(a_suspect_waits_when_the_turn_before_it_fails)
{
    struct envelope out = an_event(ORDER_CREATED), other = an_event(ORDER_PAID);

    crashed(&out, 1);
    offer(&other);
    order_fault(FAULT_COMMIT_FAILS, NO_TYPE, 0);
    wanted.handled = 0;
    ck_assert_int_eq(offer(&out).how, TAKEN_LATER);
    ck_assert_int_eq(wanted.handled, 0);
    ck_assert_int_eq(attempts_of(&out).crashes, 1);
}
END_TEST

START_TEST(three_crashes_are_given_up_without_another_try)
{
    struct envelope out = an_event(ORDER_CREATED);

    crashed(&out, 3);
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(wanted.handled, 0);
    ck_assert_int_eq(wanted.given_up, 1);
    ck_assert_str_eq(letter_out().reason, "crashed_process");
    ck_assert_str_eq(letter_out().message, "its handler killed the process 3 times: signal 11");
    ck_assert_int_eq(said(PAYMENT_DECLINED), 1);
}
END_TEST

START_TEST(six_crashes_are_set_aside_only)
{
    struct envelope out = an_event(ORDER_CREATED);

    crashed(&out, 6);
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(wanted.given_up, 0);
    ck_assert_str_eq(letter_out().reason, "crashed_process");
    ck_assert_int_eq(number("SELECT count(*) FROM processed_event WHERE outcome = 'DEAD'"), 1);
}
END_TEST

START_TEST(a_compensation_that_crashes_is_set_aside_too)
{
    struct envelope out = an_event(ORDER_CANCELLED);

    crashed(&out, 3);
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(wanted.handled, 0);
    ck_assert_str_eq(letter_out().reason, "crashed_process");
}
END_TEST

/* ---- Tests: dead letters ---- */

START_TEST(the_dead_letter_goes_to_the_same_partition_or_to_the_one_set_aside)
{
    struct envelope out = an_event(ORDER_CREATED);

    wanted.answer = REFUSED("malformed_order");
    bring(&out);
    ck_assert_int_eq(number("SELECT partition FROM outbox WHERE packed IS NOT NULL"), 3);
    how.one_partition = true;
    out = an_event(ORDER_CREATED);
    bring(&out);
    ck_assert_int_eq(number("SELECT partition FROM outbox WHERE packed IS NOT NULL ORDER BY seq DESC"), 0);
}
END_TEST

static char *
large_value(size_t size)
{
    char *value = arena_alloc(&arena, size + 1);

    memset(value, 'x', size);
    value[size] = '\0';
    return value;
}

START_TEST(one_too_large_for_its_topic_is_kept_at_once)
{
    struct envelope out = an_event(ORDER_CREATED);

    wanted.answer = REFUSED("malformed_order");
    out.data = large_value(DEAD_LETTER_MAX + 1);
    out.data_size = DEAD_LETTER_MAX + 1;
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(letters_out(), 0);
    ck_assert_int_eq(number("SELECT length(value) FROM dead_letter"), DEAD_LETTER_MAX + 1);
    ck_assert_int_eq(said(PAYMENT_DECLINED), 1);
}
END_TEST

static void
refuse_dead_letters(const char *table)
{
    ck_assert_int_eq(db_script(core.db, arena_format(&arena, "CREATE TRIGGER refuse BEFORE INSERT ON %s BEGIN"
                                                     " SELECT RAISE(ABORT, 'not this one'); END", table)), 0);
}

START_TEST(no_record_is_passed_without_its_dead_letter)
{
    struct envelope large = an_event(ORDER_CREATED), malformed = an_event(ORDER_CREATED);

    wanted.answer = REFUSED("malformed_order");
    large.data = large_value(DEAD_LETTER_MAX + 1);
    large.data_size = DEAD_LETTER_MAX + 1;
    malformed.subject = "no order";
    refuse_dead_letters("dead_letter");
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(bring(&large).how, TAKEN_LATER);
    ck_assert_int_eq(intake_stats(intake)->dead_letters, 0);
    ck_assert_int_eq(db_script(core.db, "DROP TRIGGER refuse"), 0);
    refuse_dead_letters("outbox");
    ck_assert_int_eq(bring(&malformed).how, TAKEN_LATER);
    ck_assert_int_eq(db_script(core.db, "DROP TRIGGER refuse"), 0);
    ck_assert_int_eq(bring(&malformed).how, TAKEN);
    ck_assert_int_eq(bring(&large).how, TAKEN);
    ck_assert_int_eq(number("SELECT count(*) FROM dead_letter"), 1);
    ck_assert_int_eq(letters_out(), 1);
}
END_TEST

/* A dead letter as it comes back from its topic. */
static struct record
letter_back(const char *group)
{
    struct envelope out = an_event(ORDER_CREATED);
    struct record_room *room = arena_alloc(&arena, sizeof(*room));
    struct dead_letter letter = { .record = record_of_event(&out, room), .reason = "malformed_order", .message = "",
                                  .group = group, .original_topic = "orders", .cluster = "c1", .received_at = 5 };
    struct record record = dead_letter_record(&letter, &arena);

    record.topic = ORDERS_DLT;
    return record;
}

START_TEST(dead_letters_come_back_to_their_group_only)
{
    struct record mine = letter_back("test-svc"), theirs = letter_back("notify-svc");

    ck_assert_int_eq(intake_record(intake, &mine).how, TAKEN);
    ck_assert_int_eq(intake_record(intake, &theirs).how, TAKEN_SKIPPED);
    ck_assert(group_commit(core.group));
    ck_assert_int_eq(number("SELECT count(*) FROM dead_letter WHERE state = 'OPEN'"), 1);
}
END_TEST

START_TEST(what_the_database_refuses_is_in_a_file_until_it_does_not)
{
    const char *path = arena_format(&arena, "%s/test-svc.dead-letters", data_dir);
    struct record one = letter_back("test-svc"), two = letter_back("test-svc");

    refuse_dead_letters("dead_letter");
    ck_assert_int_eq(intake_record(intake, &one).how, TAKEN_SKIPPED);
    ck_assert_int_eq(intake_record(intake, &two).how, TAKEN_SKIPPED);
    ck_assert_int_eq(intake_record(intake, &one).how, TAKEN_SKIPPED);      /* its position was not stored */
    ck_assert_int_eq(fallback_import(path, &how), -1);
    ck_assert_int_eq(access(path, F_OK), 0);
    ck_assert_int_eq(db_script(core.db, "DROP TRIGGER refuse"), 0);
    ck_assert_int_eq(fallback_import(path, &how), 3);
    ck_assert_int_eq(number("SELECT count(*) FROM dead_letter"), 2);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(fallback_import(path, &how), 0);
}
END_TEST

START_TEST(a_letter_that_fits_neither_into_the_database_nor_into_a_file_waits)
{
    struct record one = letter_back("test-svc");

    refuse_dead_letters("dead_letter");
    ck_assert_int_eq(rmdir(data_dir), 0);
    ck_assert_int_eq(intake_record(intake, &one).how, TAKEN_LATER);
    ck_assert(group_commit(core.group));
}
END_TEST

/* ---- Tests: faults on purpose ---- */

START_TEST(faults_spoil_what_handlers_have_done)
{
    struct envelope one = an_event(ORDER_CREATED), two = an_event(ORDER_CREATED), other = an_event(ORDER_PAID);

    order_fault(FAULT_HANDLER_RETRIES, ORDER_CREATED, 0);
    ck_assert_int_eq(bring(&one).how, TAKEN_LATER);
    ck_assert_int_eq(bring(&other).how, TAKEN);
    ck_assert_str_eq(attempts_of(&one).reason, "fault_on_purpose");
    ck_assert_int_eq(said(PAYMENT_COMPLETED), 1);
    order_fault(FAULT_HANDLER_REFUSES, ORDER_CREATED, 0);
    order_fault(FAULT_GIVE_UP_FAILS, NO_TYPE, 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(bring(&two).how, TAKEN_LATER);
    ck_assert_int_eq(bring(&two).how, TAKEN);
    ck_assert_str_eq(letter_out().reason, "compensation_failed");
    ck_assert_int_eq(said(PAYMENT_DECLINED), 0);
    faults_clear(faults, FAULT_HANDLER_RETRIES);
    faults_clear(faults, FAULT_HANDLER_REFUSES);
    ck_assert_int_eq(bring(&one).how, TAKEN);
    ck_assert_int_eq(said(PAYMENT_COMPLETED), 2);
}
END_TEST

START_TEST(a_delayed_event_is_not_offered_before_its_time)
{
    struct envelope out = an_event(ORDER_CREATED), other = an_event(ORDER_PAID), odd = an_event(ORDER_CREATED);
    struct taken taken;

    order_fault(FAULT_EVENT_DELAYED, ORDER_CREATED, 500);
    odd.time = INT64_MAX;               /* any number may come as the time of a record */
    ck_assert_int_eq(bring(&odd).how, TAKEN);
    wanted.handled = 0;
    clock_advance(&clock_, 100);
    taken = bring(&out);
    ck_assert_int_eq(taken.how, TAKEN_LATER);
    ck_assert_int_eq(taken.again_ms, 400);
    ck_assert_int_eq(bring(&other).how, TAKEN);
    ck_assert_int_eq(wanted.handled, 1);
    ck_assert_int_eq(number("SELECT count(*) FROM attempt"), 0);
    clock_advance(&clock_, 400);
    ck_assert_int_eq(bring(&out).how, TAKEN);
    ck_assert_int_eq(faults_count(faults, FAULT_EVENT_DELAYED), 1);
}
END_TEST

/* ---- Running ---- */

static TCase *
tcase(const char *name, Suite *suite)
{
    TCase *made = tcase_create(name);

    tcase_add_checked_fixture(made, set_up, tear_down);
    suite_add_tcase(suite, made);
    return made;
}

static void
add_failures(Suite *suite)
{
    TCase *again = tcase("again", suite), *giving_up = tcase("giving up", suite);

    tcase_add_test(again, a_failed_attempt_is_counted_and_its_work_undone);
    tcase_add_test(again, the_back_off_doubles_up_to_its_limit_with_a_quarter_of_jitter);
    tcase_add_test(again, a_lost_turn_is_no_attempt);
    tcase_add_test(again, attempts_are_counted_over_a_restart);
    tcase_add_test(giving_up, used_up_attempts_are_given_up_in_one_transaction);
    tcase_add_test(giving_up, a_compensation_and_its_dead_letter_stand_or_fall_together);
    tcase_add_test(giving_up, the_limit_is_the_settings_or_the_rows);
    tcase_add_test(giving_up, a_refusal_is_given_up_at_once);
    tcase_add_test(giving_up, a_compensation_that_fails_three_times_is_left_to_people);
    tcase_add_test(giving_up, between_two_compensations_the_handler_has_its_chance);
    tcase_add_test(giving_up, what_is_a_compensation_itself_is_tried_without_limit);
}

static void
add_others(Suite *suite)
{
    TCase *unknown = tcase("unknown orders", suite), *crashes = tcase("crashes", suite);
    TCase *letters = tcase("dead letters", suite), *on_purpose = tcase("faults", suite);

    tcase_add_test(unknown, an_unknown_order_is_never_compensated);
    tcase_add_test(unknown, ten_unknown_orders_in_a_row_stop_the_partition_until_it_is_resumed);
    tcase_add_test(unknown, a_known_order_between_them_begins_the_count_anew);
    tcase_add_test(unknown, an_unknown_order_in_lost_turns_counts_once);
    tcase_add_test(crashes, a_suspect_is_tried_alone);
    tcase_add_test(crashes, a_suspect_waits_when_the_turn_before_it_fails);
    tcase_add_test(crashes, three_crashes_are_given_up_without_another_try);
    tcase_add_test(crashes, six_crashes_are_set_aside_only);
    tcase_add_test(crashes, a_compensation_that_crashes_is_set_aside_too);
    tcase_add_test(letters, the_dead_letter_goes_to_the_same_partition_or_to_the_one_set_aside);
    tcase_add_test(letters, one_too_large_for_its_topic_is_kept_at_once);
    tcase_add_test(letters, no_record_is_passed_without_its_dead_letter);
    tcase_add_test(letters, dead_letters_come_back_to_their_group_only);
    tcase_add_test(letters, what_the_database_refuses_is_in_a_file_until_it_does_not);
    tcase_add_test(letters, a_letter_that_fits_neither_into_the_database_nor_into_a_file_waits);
    tcase_add_test(on_purpose, faults_spoil_what_handlers_have_done);
    tcase_add_test(on_purpose, a_delayed_event_is_not_offered_before_its_time);
}

int
main(void)
{
    Suite *suite = suite_create("intake");
    SRunner *runner = srunner_create(suite);
    int failed;

    add_failures(suite);
    add_others(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
