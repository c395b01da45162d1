/* The relay above a producer that is a list: what it sends, and when. */
#include "../../common/kafka/relay.h"

#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/base/uuid.h"
#include "../../common/kafka/client.h"
#include "../../common/kafka/producer.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/outbox.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

extern const char common_schema[];

/* ---- Fixture ---- */

static const char *const keys[] = {
    "019b76da-0000-7000-8000-00000000000a", "019b76da-0000-7000-8000-00000000000b", "019b76da-0000-7000-8000-00000000000c",
    "019b76da-0000-7000-8000-00000000000d",
    "019b76da-0000-7000-8000-00000000000e", "019b76da-0000-7000-8000-00000000000f",
};

static struct clock the_clock;
static struct log the_log;
static struct uuid_source ids;
static struct db *db;
static struct group_commit *group;
static struct relay *relay;

/* common/kafka/producer.h: the records that were handed over and are not reported. */
static struct {
    struct producer_listener listener;
    int64_t tags[100];
    char said[100];              /* last letter of each key */
    char ids[100][UUID_TEXT];
    int count;
    int made;
    bool unauthorized;           /* of what it will have died */
} producer;

struct producer *
producer_new(struct event_base *base, const struct client_options *options, const char *const topics[ALL_TOPICS],
             struct producer_listener listener)
{
    (void)base, (void)options, (void)topics;
    producer.listener = listener;
    producer.count = 0;
    producer.made++;
    return (struct producer *)(void *)&producer;
}

void
producer_free(struct producer *gone)
{
    (void)gone;
    producer.count = 0;
}

bool
producer_is_unauthorized(const struct producer *dead)
{
    (void)dead;
    return producer.unauthorized;
}

int
producer_send(struct producer *to, const struct record *record, int64_t tag)
{
    (void)to;
    ck_assert_int_lt(producer.count, 100);
    producer.said[producer.count] = record->key[record->key_size - 1];
    snprintf(producer.ids[producer.count], UUID_TEXT, "%s", record_id(record));
    producer.tags[producer.count++] = tag;
    return 0;
}

void
producer_answer(struct producer *to, int64_t tag, enum report report, const char *why)
{
    (void)to, (void)tag, (void)report, (void)why;
    ck_abort_msg("no fault is set here");
}

static void
set_up(void)
{
    static const struct client_options client = { .client_id = "test", .log = &the_log };
    struct relay_options options = { .replay_rate = 1000 };
    char *error = NULL;

    the_clock = clock_manual(1767225600000);
    the_log = (struct log){ .service = "test", .clock = &the_clock, .level = LOG_ERROR, .fd = -1 };
    for (int i = 0; i < ALL_TOPICS; i++)
        options.topics[i] = topic_name((enum topic)i);
    uuid_source_seeded(&ids, 1);
    db = db_open(":memory:", &the_log, &error);
    ck_assert_msg(db != NULL && db_script(db, common_schema) == 0, "%s", error);
    *db_context(db) = (struct db_context){ .ids = &ids, .source = "/order-svc", .shard = { 0, 1, 1 },
                                           .may_emit = 1u << ORDER_CREATED };
    group = group_new(db, &the_clock);
    producer.made = 0;
    producer.unauthorized = false;
    relay = relay_new(NULL, group, db, &the_clock, &client, &options, (struct relay_listener){ NULL, NULL, NULL });
    group_listen(group, (struct group_listener){ relay_before_commit, relay_after_commit, relay });
    ck_assert_int_eq(relay_start(relay), 0);
}

static void
tear_down(void)
{
    relay_free(relay);
    group_free(group);
    db_close(db);
}

/* ---- Helpers ---- */

static void
write_down(int key)
{
    group_cause_begin(group);
    outbox_add(db, (struct envelope){ .type = ORDER_CREATED, .subject = keys[key], .causation = "request:test",
                                      .time = clock_now_ms(&the_clock), .data = "{}" });
    group_cause_end(group, true);
}

static void
say(int key)
{
    write_down(key);
    ck_assert(group_commit(group));
}

/* A listener whose turns are lost at the last moment. */
static void
lose(void *context)
{
    (void)context;
    db_lose_turn(db);
}

static void
nothing(void *context, bool committed)
{
    (void)context, (void)committed;
}

/* What was sent and is not reported, as a text of letters. */
static const char *
sent(void)
{
    producer.said[producer.count] = '\0';
    return producer.said;
}

static void
report_all(enum report report)
{
    int64_t tags[100];
    int count = producer.count;

    memcpy(tags, producer.tags, sizeof(tags));
    producer.count = 0;
    for (int i = 0; i < count; i++)
        producer.listener.on_report(producer.listener.context, tags[i], report, report == REPORT_ACKNOWLEDGED ? NULL : "why");
}

static void
after(int64_t ms)
{
    clock_advance(&the_clock, ms);
    relay_tick(relay);
}

/* The topic takes nothing, and is not waited for any more. */
static void
lose_patience_with_the_topic(void)
{
    report_all(REPORT_TOPIC_REFUSED);
    after(6000);
    ck_assert_str_eq(sent(), "");
    after(100);
    report_all(REPORT_TOPIC_REFUSED);        /* the question */
}

/* The broker has lost its memory: what the outbox keeps goes again. */
static void
begin_again(void)
{
    relay_stop(relay);
    group_cause_begin(group);
    relay_cursor_rewind(db);
    group_cause_end(group, true);
    ck_assert(group_commit(group));
    relay_rewind(relay);
    ck_assert_int_eq(relay_start(relay), 0);
}

/* ---- Tests ---- */

START_TEST(behind_five_rows_under_way_the_next_wait_for_the_answer)
{
    for (int key = 0; key < 6; key++)
        say(key);
    ck_assert_str_eq(sent(), "abcde");
    report_all(REPORT_ACKNOWLEDGED);
    ck_assert_str_eq(sent(), "f");
}
END_TEST

START_TEST(a_broker_that_does_not_answer_holds_up_nothing_for_long)
{
    for (int key = 0; key < 6; key++)
        say(key);
    ck_assert_str_eq(sent(), "abcde");
    after(50);
    ck_assert_str_eq(sent(), "abcdef");
}
END_TEST

START_TEST(nothing_is_sent_before_its_commit)
{
    group_listen(group, (struct group_listener){ lose, nothing, NULL });
    write_down(0);
    ck_assert(!group_commit(group));
    after(100);
    ck_assert_str_eq(sent(), "");
}
END_TEST

START_TEST(an_open_turn_is_not_looked_into)
{
    for (int key = 0; key < 6; key++)
        say(key);
    write_down(0);
    report_all(REPORT_ACKNOWLEDGED);
    ck_assert_str_eq(sent(), "");
    ck_assert(group_commit(group));
    ck_assert_str_eq(sent(), "fa");
}
END_TEST

START_TEST(what_the_broker_has_not_acknowledged_goes_again)
{
    say(0);
    say(1);
    ck_assert_str_eq(sent(), "ab");
    ck_assert_int_eq(relay_cursor(relay), 0);
    report_all(REPORT_LOST);
    ck_assert_int_eq(relay_cursor(relay), 0);
    after(100);
    ck_assert_str_eq(sent(), "ab");
    report_all(REPORT_ACKNOWLEDGED);
    ck_assert_int_eq(relay_cursor(relay), 2);
}
END_TEST

START_TEST(what_goes_again_has_the_id_it_had)
{
    char first[UUID_TEXT];

    say(0);
    strcpy(first, producer.ids[0]);
    ck_assert(uuid_is_valid(first));
    report_all(REPORT_LOST);
    after(100);
    ck_assert_str_eq(producer.ids[0], first);
}
END_TEST

START_TEST(rows_of_a_refused_topic_come_back_by_themselves)
{
    say(0);
    ck_assert_str_eq(sent(), "a");
    lose_patience_with_the_topic();
    say(1);
    ck_assert_str_eq(sent(), "");
    after(6000);
    ck_assert_str_eq(sent(), "a");      /* the question */
    report_all(REPORT_ACKNOWLEDGED);
    after(100);
    after(100);
    ck_assert_str_eq(sent(), "ab");
    report_all(REPORT_ACKNOWLEDGED);
    ck_assert_int_eq(relay_under_way(relay), 0);
}
END_TEST

START_TEST(what_is_said_again_waits_for_its_topic_and_then_goes_first)
{
    say(0);
    report_all(REPORT_ACKNOWLEDGED);
    say(1);
    lose_patience_with_the_topic();
    begin_again();
    after(1000);
    ck_assert_str_eq(sent(), "b");      /* the question */
    report_all(REPORT_ACKNOWLEDGED);
    after(100);
    after(100);
    ck_assert_str_eq(sent(), "ab");
    report_all(REPORT_ACKNOWLEDGED);
    ck_assert_int_eq(relay_under_way(relay), 0);
}
END_TEST

START_TEST(a_user_who_may_write_nowhere_makes_no_producers_without_end)
{
    int before = producer.made;

    producer.unauthorized = true;
    say(0);
    producer.listener.on_down(producer.listener.context, true);
    ck_assert_ptr_nonnull(strstr(relay_held(relay), "may write to no topic"));
    for (int i = 0; i < 10; i++)
        after(100);
    ck_assert_int_eq(producer.made, before);
    after(2000);
    ck_assert_int_eq(producer.made, before + 1);
    producer.listener.on_down(producer.listener.context, true);
    after(2000);
    ck_assert_int_eq(producer.made, before + 2);
    ck_assert_str_eq(sent(), "a");
    report_all(REPORT_ACKNOWLEDGED);
    ck_assert_ptr_null(relay_held(relay));
    ck_assert_int_eq(relay_under_way(relay), 0);
}
END_TEST

START_TEST(with_nothing_to_say_a_producer_that_lives_is_proof_enough)
{
    producer.unauthorized = true;
    producer.listener.on_down(producer.listener.context, true);
    after(2000);
    ck_assert_ptr_nonnull(relay_held(relay));
    after(5000);
    ck_assert_ptr_null(relay_held(relay));
}
END_TEST

START_TEST(an_outage_meanwhile_makes_no_producer_for_an_unknown_broker)
{
    int before = producer.made;

    producer.unauthorized = true;
    producer.listener.on_down(producer.listener.context, true);
    relay_stop(relay);
    after(10000);
    ck_assert_int_eq(producer.made, before);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("relay");
    TCase *groups = tcase_create("groups");
    TCase *rows = tcase_create("rows");
    TCase *topics = tcase_create("refused topics");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(groups, set_up, tear_down);
    tcase_add_test(groups, behind_five_rows_under_way_the_next_wait_for_the_answer);
    tcase_add_test(groups, a_broker_that_does_not_answer_holds_up_nothing_for_long);
    tcase_add_checked_fixture(rows, set_up, tear_down);
    tcase_add_test(rows, nothing_is_sent_before_its_commit);
    tcase_add_test(rows, an_open_turn_is_not_looked_into);
    tcase_add_test(rows, what_the_broker_has_not_acknowledged_goes_again);
    tcase_add_test(rows, what_goes_again_has_the_id_it_had);
    tcase_add_checked_fixture(topics, set_up, tear_down);
    tcase_add_test(topics, rows_of_a_refused_topic_come_back_by_themselves);
    tcase_add_test(topics, what_is_said_again_waits_for_its_topic_and_then_goes_first);
    tcase_add_test(topics, a_user_who_may_write_nowhere_makes_no_producers_without_end);
    tcase_add_test(topics, with_nothing_to_say_a_producer_that_lives_is_proof_enough);
    tcase_add_test(topics, an_outage_meanwhile_makes_no_producer_for_an_unknown_broker);
    suite_add_tcase(suite, groups);
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, topics);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
