/* How a play of the load driver waits: for news, and only after silence for an answer. */
#include "../load/news.h"
#include "load_service.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

/* ---- Fixture ---- */

#define ID ORDER_ID_BUT_ONE "1"

static struct load_service service;
static struct run *const run = &service.run;
static struct flow flow;
static char request[2000];

static void
begin(void)
{
    load_service_init(&service);
    flow = (struct flow){ .name = "f", .path = "f.flow", .customer = CUSTOMER_FUNDED, .step_count = 1 };
    close(load_service_answer(&service, request, sizeof(request), "HTTP/1.1 503 Service Unavailable\r\n\r\n"));
}

static void
end(void)
{
    load_service_release(&service);
}

/* ---- Helpers ---- */

/* A play in its only step, of an order that was accepted. */
static struct play *
play_with(enum step_kind kind, unsigned statuses, int64_t within_us)
{
    struct play *play;

    flow.steps[0] = (struct step){ .kind = STEP_PAUSE, .range = { 1000000, 1000000 } };
    play_start(run, &flow, run_now_us(run));
    play = run->plays;
    strcpy(play->order_id, ID);
    play->timed = true;
    news_follow(run->news, play);
    play_hear(play, CREATED, 0, false);
    flow.steps[0] = (struct step){ .kind = kind, .statuses = statuses, .within_us = within_us };
    play->step_number = -1;
    play_next(play);
    return play;
}

static void
tell(enum status status, enum status told)
{
    news_hear(run->news, &(struct news_item){ .order_id = ID, .status = status, .told = told });
}

/* 200 and this body to the next request that is not for the stream of events. */
static int
answer(const char *body)
{
    char text[500];

    snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
    for (;;) {
        int fd = load_service_answer(&service, request, sizeof(request), "");

        if (strncmp(request, "GET /orders/events", 18) != 0) {
            ck_assert_int_eq((int)send(fd, text, strlen(text), MSG_NOSIGNAL), (int)strlen(text));
            return fd;
        }
        close(fd);
    }
}

/* ---- Tests ---- */

START_TEST(a_wait_ends_with_the_news_and_asks_nobody)
{
    play_with(STEP_WAIT, PAID, 0);
    ck_assert(!service.ended);
    tell(PAID, NOT_ORDERED);
    ck_assert(service.ended);
    ck_assert_uint_eq(run->results.asked, 0);
    ck_assert_uint_eq(run->results.failed, 0);
    ck_assert_uint_eq(run->results.at_end[PAID], 1);
    ck_assert_uint_eq(run->results.second[TO_SETTLED].total, 1);
}
END_TEST

START_TEST(a_wait_for_one_state_goes_past_another)
{
    struct play *play = play_with(STEP_WAIT, REFUNDED, 0);

    tell(PAID, NOT_ORDERED);
    tell(CANCELLED, NOT_ORDERED);
    ck_assert(!service.ended);
    tell(REFUNDED, NOT_ORDERED);
    ck_assert(service.ended);
    ck_assert_uint_eq(play->seen, CREATED | PAID | CANCELLED | REFUNDED);
}
END_TEST

START_TEST(a_state_that_cannot_come_any_more_is_a_failure)
{
    play_with(STEP_WAIT, PAID, 0);
    tell(REJECTED, NOT_ORDERED);
    ck_assert(service.ended);
    ck_assert_uint_eq(run->results.failed, 1);
}
END_TEST

START_TEST(a_wait_for_a_notification_ends_with_the_news)
{
    play_with(STEP_EXPECT_NOTIFIED, PAID, 0);
    tell(PAID, NOT_ORDERED);
    ck_assert(!service.ended);
    tell(PAID, PAID);
    ck_assert(service.ended);
    ck_assert_uint_eq(run->results.failed, 0);
}
END_TEST

START_TEST(an_order_is_cancelled_for_good_when_it_is_closed)
{
    play_with(STEP_WAIT, CANCELLED, 0);
    tell(CANCELLED, CANCELLED);
    ck_assert(!service.ended);      /* no play ends before its order has */
    news_hear(run->news, &(struct news_item){ .order_id = ID, .status = CANCELLED, .closed = true });
    ck_assert(service.ended);
    ck_assert_uint_eq(run->results.at_end[CANCELLED], 1);
}
END_TEST

START_TEST(after_silence_the_order_is_asked_for)
{
    int fd;

    play_with(STEP_WAIT, PAID, 4000000);
    fd = answer("{\"order_id\":\"" ID "\",\"status\":\"PAID\"}");
    ck_assert_ptr_nonnull(strstr(request, "GET /orders/" ID " HTTP/1.1\r\n"));
    ck_assert_ptr_null(strstr(request, "Prefer"));
    LOAD_SERVICE_UNTIL(&service, service.ended);
    ck_assert_uint_eq(run->results.asked, 1);
    ck_assert_uint_eq(run->results.failed, 0);
    close(fd);
}
END_TEST

START_TEST(after_silence_notifications_are_asked_for)
{
    int fd;

    play_with(STEP_EXPECT_NOTIFIED, PAID, 4000000);
    tell(PAID, NOT_ORDERED);
    fd = answer("{\"notifications\":[{\"kind\":\"rejected\",\"status\":\"PENDING\"},"
                            "{\"kind\":\"paid\",\"status\":\"SENT\",\"t\":1}]}");
    ck_assert_ptr_nonnull(strstr(request, "GET /notifications?order_id=" ID " HTTP/1.1\r\n"));
    LOAD_SERVICE_UNTIL(&service, service.ended);
    ck_assert_uint_eq(run->results.failed, 0);
    close(fd);
}
END_TEST

START_TEST(an_answer_may_be_older_than_news_that_came_meanwhile)
{
    struct play *play = play_with(STEP_WAIT, PAID, 2000000);
    int fd;

    LOAD_SERVICE_UNTIL(&service, play->asking);
    tell(PAID, NOT_ORDERED);
    ck_assert(!service.ended);
    fd = answer("{\"order_id\":\"" ID "\",\"status\":\"CREATED\"}");
    LOAD_SERVICE_UNTIL(&service, service.ended);
    ck_assert_uint_eq(run->results.failed, 0);
    ck_assert_uint_eq(run->results.at_end[PAID], 1);
    close(fd);
}
END_TEST

START_TEST(an_answer_older_than_what_was_known_is_a_failure)
{
    int fd;

    play_with(STEP_WAIT, CANCELLED, 2000000);
    tell(PAID, NOT_ORDERED);
    fd = answer("{\"order_id\":\"" ID "\",\"status\":\"CREATED\"}");
    LOAD_SERVICE_UNTIL(&service, service.ended);
    ck_assert_uint_eq(run->results.failed, 1);
    close(fd);
}
END_TEST

START_TEST(what_comes_too_late_is_a_failure)
{
    play_with(STEP_EXPECT_NOTIFIED, PAID, 100000);
    close(answer("{\"notifications\":[]}"));
    LOAD_SERVICE_UNTIL(&service, service.ended);
    ck_assert_uint_eq(run->results.failed, 1);
    tell(PAID, PAID);
    ck_assert_uint_eq(run->results.failed, 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("waiting");
    TCase *tests = tcase_create("waiting");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_wait_ends_with_the_news_and_asks_nobody);
    tcase_add_test(tests, a_wait_for_one_state_goes_past_another);
    tcase_add_test(tests, a_state_that_cannot_come_any_more_is_a_failure);
    tcase_add_test(tests, a_wait_for_a_notification_ends_with_the_news);
    tcase_add_test(tests, an_order_is_cancelled_for_good_when_it_is_closed);
    tcase_add_test(tests, after_silence_the_order_is_asked_for);
    tcase_add_test(tests, after_silence_notifications_are_asked_for);
    tcase_add_test(tests, an_answer_may_be_older_than_news_that_came_meanwhile);
    tcase_add_test(tests, an_answer_older_than_what_was_known_is_a_failure);
    tcase_add_test(tests, what_comes_too_late_is_a_failure);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
