/* Reports of the producer, without any broker: what librdkafka refuses itself, and what is answered on purpose. */
#include "../../common/kafka/producer.h"

#include "../../common/base/log.h"
#include "../../common/base/memory.h"
#include "../../common/kafka/client.h"

#include <check.h>
#include <event2/event.h>
#include <string.h>

/* ---- Fixture ---- */

static const char *const topics[ALL_TOPICS] = { "orders", "payments", "notifications", "orders.DLT", "payments.DLT",
                                                "notifications.DLT" };
static struct log log_;
static struct event_base *base;
static struct producer *producer;
static struct arena arena;

/* What was reported. */
static struct {
    int64_t tag;
    enum report report;
    char why[40];
    int count, answer_again;
} seen;

static void
on_report(void *context, int64_t tag, enum report report, const char *why)
{
    (void)context;
    seen.tag = tag;
    seen.report = report;
    snprintf(seen.why, sizeof(seen.why), "%s", why == NULL ? "" : why);
    seen.count++;
    if (seen.answer_again-- > 0)
        producer_answer(producer, tag + 1, report, why);
}

static void
on_down(void *context, bool fatal)
{
    (void)context, (void)fatal;
}

static void
set_up(void)
{
    struct client_options options = { .brokers = "127.0.0.1:1", .properties = "", .client_id = "test", .log = &log_ };

    log_ = (struct log){ .fd = -1 };
    memset(&seen, 0, sizeof(seen));
    arena_init(&arena);
    base = event_base_new();
    producer = producer_new(base, &options, topics, (struct producer_listener){ on_report, on_down, NULL });
    ck_assert_ptr_nonnull(producer);
}

static void
tear_down(void)
{
    producer_free(producer);
    event_base_free(base);
    arena_release(&arena);
}

/* ---- Tests ---- */

START_TEST(what_librdkafka_refuses_is_reported_later_not_from_inside)
{
    const size_t size = 2000000;      /* message.max.bytes is 1,000,000 */
    char *value = arena_alloc(&arena, size);
    struct record record = { .topic = ORDERS, .key = "a", .key_size = 1, .value = value, .value_size = size };

    memset(value, 'x', size);
    ck_assert_int_eq(producer_send(producer, &record, 7), 0);
    ck_assert_int_eq(seen.count, 0);
    event_base_loop(base, EVLOOP_NONBLOCK);
    ck_assert_int_eq(seen.count, 1);
    ck_assert_int_eq(seen.tag, 7);
    ck_assert_int_eq(seen.report, REPORT_REFUSED);
    ck_assert_str_eq(seen.why, "MSG_SIZE_TOO_LARGE");
}
END_TEST

START_TEST(an_answer_that_causes_another_leaves_others_their_turn)
{
    seen.answer_again = 3;
    producer_answer(producer, 1, REPORT_TOPIC_REFUSED, "TOPIC_AUTHORIZATION_FAILED");
    ck_assert_int_eq(seen.count, 0);
    for (int turn = 1; turn <= 4; turn++) {
        event_base_loop(base, EVLOOP_ONCE);
        ck_assert_int_eq(seen.count, turn);
        ck_assert_int_eq(seen.tag, turn);
    }
    event_base_loop(base, EVLOOP_NONBLOCK);
    ck_assert_int_eq(seen.count, 4);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("producer");
    TCase *tcase = tcase_create("producer");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, what_librdkafka_refuses_is_reported_later_not_from_inside);
    tcase_add_test(tcase, an_answer_that_causes_another_leaves_others_their_turn);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
