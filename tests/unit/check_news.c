/* How the load driver hears of its orders: the table of what was heard, streams of events, and who is told what. */
#include "../../common/base/memory.h"
#include "../load/feed_stream.h"
#include "../load/heard.h"
#include "../load/news.h"
#include "../load/news_feed.h"
#include "load_service.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Fixture ---- */

#define HEAD "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
#define ID ORDER_ID_BUT_ONE
#define ROW(id_, order_, what_, status_, detail_)                                                                    \
    "id: " #id_ "\ndata: {\"order_id\":\"" ID #order_ "\",\"at\":\"2026-11-22T16:36:40.945Z\",\"what\":\"" what_       \
    "\",\"status\":\"" status_ "\",\"detail\":" detail_ ",\"cause\":\"x\"}\n\n"

static struct load_service service;
static struct run *const run = &service.run;
static struct flow flow = { .name = "f", .path = "f.flow" };
static struct step pause_step = { .kind = STEP_PAUSE };

static void
begin(void)
{
    load_service_init(&service);
}

static void
end(void)
{
    load_service_release(&service);
}

/* ---- Helpers ---- */

static int64_t last_id, sum_of_ids;
static int entries;

static void
count_entry(void *context, int64_t id, char *data)
{
    (void)context, (void)data;
    last_id = id;
    sum_of_ids += id;
    entries++;
}

static struct feed_stream *
stream_new(void)
{
    struct feed_stream *stream = memory_new(1, sizeof(*stream));

    last_id = sum_of_ids = entries = 0;
    stream->id = -1;
    stream->on_data = count_entry;
    feed_stream_begin(stream);
    return stream;
}

static int
give(struct feed_stream *stream, const char *bytes, size_t size, const char **problem)
{
    while (size > 0) {
        size_t room, part;
        char *place = feed_stream_room(stream, &room);

        part = size < room ? size : room;
        memcpy(place, bytes, part);
        if (feed_stream_take(stream, part, problem) != 0)
            return -1;
        bytes += part;
        size -= part;
    }
    return 0;
}

static struct play
play_of(char last_digit)
{
    struct play play = { .run = run, .flow = &flow, .step = &pause_step, .due_us = run_now_us(run), .timed = true };

    snprintf(play.order_id, sizeof(play.order_id), ID "%c", last_digit);
    return play;
}

static void
tell(enum status status, enum status told, bool in_order)
{
    news_hear(run->news, &(struct news_item){ .order_id = ID "1", .status = status, .told = told, .in_order = in_order });
}

/* ---- Tests: states ---- */

START_TEST(the_latest_state_of_a_set_is_the_one_reached_last)
{
    ck_assert_int_eq(status_latest(0), NOT_ORDERED);
    ck_assert_int_eq(status_latest(CREATED | REJECTED), REJECTED);
    ck_assert_int_eq(status_latest(CREATED | PAID | CANCELLED | REFUNDED), REFUNDED);
    ck_assert_int_eq(status_latest(CANCELLED | CREATED | PAID), CANCELLED);
}
END_TEST

START_TEST(no_order_was_rejected_and_anything_else)
{
    ck_assert(!status_contradict(0) && !status_contradict(CREATED | PAID | CANCELLED | REFUNDED));
    ck_assert(!status_contradict(CREATED | REJECTED));
    ck_assert(status_contradict(PAID | REJECTED) && status_contradict(REJECTED | CANCELLED | REFUNDED));
}
END_TEST

/* ---- Tests: the table ---- */

START_TEST(thousands_of_orders_come_and_go)
{
    enum { ORDERS = 20000 };
    struct heard heard;
    char id[40];

    heard_init(&heard);
    for (int i = 1; i <= ORDERS; i++) {
        struct heard_order *order;

        snprintf(id, sizeof(id), "01a2041d-f156-754b-be09-%012x", i * 7919);
        order = heard_get(&heard, id);
        order->accepted = true;
        order->due_us = i;
        heard.pending++;
    }
    for (int i = ORDERS; i >= 1; i--) {
        struct heard_order *order;

        snprintf(id, sizeof(id), "01a2041d-f156-754b-be09-%012x", i * 7919);
        order = heard_get(&heard, id);
        ck_assert_int_eq(order->due_us, i);
        order->finished = true;
        order->wanted = order->told = PAID;
        heard_check(&heard, order);
        ck_assert_uint_eq(heard.pending, (size_t)i - 1);
    }
    ck_assert_uint_eq(heard.used, 0);
    ck_assert_ptr_null(heard_get(&heard, "no id"));
    heard_release(&heard);
}
END_TEST

START_TEST(orders_of_others_are_forgotten_and_ours_are_not)
{
    struct heard heard;

    heard_init(&heard);
    heard_get(&heard, ID "1")->due_us = 100;
    *heard_get(&heard, ID "2") = (struct heard_order){ .high = heard_get(&heard, ID "2")->high,
                                                       .low = heard_get(&heard, ID "2")->low, .accepted = true };
    heard_forget(&heard, 200);
    ck_assert_uint_eq(heard.used, 1);
    ck_assert(heard_get(&heard, ID "2")->accepted);
    heard_release(&heard);
}
END_TEST

/* ---- Tests: bytes of a stream ---- */

static const char text[] = HEAD "retry: 1000\nid: 6\n\n" ROW(7, 1, "request", "CREATED", "null") ":\n\n"
                           ROW(9, 1, "payment.completed", "PAID", "null") ": a comment\n\nevent: x\nid:12\ndata:y\n\n";

START_TEST(a_stream_is_read_wherever_it_is_cut)
{
    for (size_t cut = 0; cut <= sizeof(text) - 1; cut++) {
        struct feed_stream *stream = stream_new();
        const char *problem = NULL;

        ck_assert_int_eq(give(stream, text, cut, &problem), 0);
        ck_assert_int_eq(give(stream, text + cut, sizeof(text) - 1 - cut, &problem), 0);
        ck_assert_int_eq(entries, 3);
        ck_assert_int_eq(sum_of_ids, 7 + 9 + 12);
        ck_assert_int_eq(stream->status, 200);
        free(stream);
    }
}
END_TEST

START_TEST(a_stream_is_read_byte_by_byte)
{
    struct feed_stream *stream = stream_new();
    const char *problem = NULL;

    for (size_t i = 0; i < sizeof(text) - 1; i++)
        ck_assert_int_eq(give(stream, text + i, 1, &problem), 0);
    ck_assert_int_eq(entries, 3);
    free(stream);
}
END_TEST

START_TEST(half_an_event_is_none_and_the_next_answer_goes_on_behind_the_last_whole_one)
{
    struct feed_stream *stream = stream_new();
    const char *problem = NULL;

    ck_assert_int_eq(give(stream, text, strlen(HEAD) + 60, &problem), 0);
    ck_assert_int_eq(stream->id, 6);
    feed_stream_begin(stream);
    ck_assert_int_eq(stream->id, 6);
    ck_assert_int_eq(give(stream, text, sizeof(text) - 1, &problem), 0);
    ck_assert_int_eq(entries, 3);
    free(stream);
}
END_TEST

START_TEST(many_events_pass_through_the_buffer)
{
    static const char row[] = ROW(%d, 1, "request", "CREATED", "null");
    struct feed_stream *stream = stream_new();
    const char *problem = NULL;
    char one[400];

    ck_assert_int_eq(give(stream, HEAD, strlen(HEAD), &problem), 0);
    for (int i = 1; i <= 2000; i++) {
        int size = snprintf(one, sizeof(one), "id: %d\n%s", i, strchr(row, '\n') + 1);

        ck_assert_int_eq(give(stream, one, (size_t)size, &problem), 0);
    }
    ck_assert_int_eq(entries, 2000);
    free(stream);
}
END_TEST

static const struct {
    const char *bytes, *problem;
} wrong[] = {
    { "HTTP/1.1 404 Not Found\r\n\r\n", "the answer is no stream of events" },
    { "SSH-2.0\r\n\r\n", "what came is no answer of HTTP/1.1" },
    { HEAD "id: 7\ndata: y\n\nid: 7\ndata: y\n\n", "the ids of the events do not grow" },
    { HEAD "id: 7\ndata: y\n\nid: 5\ndata: y\n\n", "the ids of the events do not grow" },
    { HEAD "id: x\ndata: y\n\n", "the ids of the events do not grow" },
    { HEAD "data: y\n\n", "the ids of the events do not grow" },
};

START_TEST(what_is_wrong_with_a_stream_is_told)
{
    struct feed_stream *stream = stream_new();
    const char *problem = NULL;

    ck_assert_int_eq(give(stream, wrong[_i].bytes, strlen(wrong[_i].bytes), &problem), -1);
    ck_assert_str_eq(problem, wrong[_i].problem);
    free(stream);
}
END_TEST

START_TEST(an_event_without_an_end_is_too_long)
{
    struct feed_stream *stream = stream_new();
    const char *problem = NULL;
    char *long_one = memory_new(FEED_STREAM_BUFFER, 1);

    memset(long_one, 'x', FEED_STREAM_BUFFER);
    ck_assert_int_eq(give(stream, HEAD, strlen(HEAD), &problem), 0);
    ck_assert_int_eq(give(stream, long_one, FEED_STREAM_BUFFER, &problem), -1);
    ck_assert_str_eq(problem, "an event is too long");
    free(long_one);
    free(stream);
}
END_TEST

static const struct {
    const char *what, *status, *detail;
    struct news_item item;
} rows[] = {
    { "request", "CREATED", "null", { .status = CREATED } },
    { "payment.completed", "PAID", "null", { .status = PAID } },
    { "payment.declined", "REJECTED", "\"insufficient_funds\"", { .status = REJECTED } },
    { "notification.sent", "CANCELLED", "\"paid\"", { .status = CANCELLED, .told = PAID } },
    { "notification.failed", "REFUNDED", "\"refunded\"", { .status = REFUNDED, .untold = REFUNDED } },
    { "payment.voided", "CANCELLED", "\"closed\"", { .status = CANCELLED, .closed = true } },
};

START_TEST(each_row_of_a_history_is_understood)
{
    struct news_item item;
    char data[300];

    snprintf(data, sizeof(data), "{\"order_id\":\"" ID "1\",\"at\":\"x\",\"what\":\"%s\",\"status\":\"%s\",\"detail\":%s,"
                                 "\"cause\":\"c\"}", rows[_i].what, rows[_i].status, rows[_i].detail);
    ck_assert_int_eq(news_feed_read(data, &item), 0);
    ck_assert_str_eq(item.order_id, ID "1");
    ck_assert_int_eq(item.status, rows[_i].item.status);
    ck_assert_int_eq(item.told, rows[_i].item.told);
    ck_assert_int_eq(item.untold, rows[_i].item.untold);
    ck_assert(item.closed == rows[_i].item.closed && item.in_order);
}
END_TEST

START_TEST(what_is_no_row_is_not_understood)
{
    char nothing[] = "{}", no_status[] = "{\"order_id\":\"" ID "1\",\"status\":\"LOST\"}";
    struct news_item item;

    ck_assert_int_eq(news_feed_read(nothing, &item), -1);
    ck_assert_int_eq(news_feed_read(no_status, &item), -1);
}
END_TEST

/* ---- Tests: a stream over a connection ---- */

START_TEST(a_stream_that_is_lost_goes_on_behind_the_last_event)
{
    static const char created[] = ROW(7, 1, "request", "CREATED", "null");
    static const char paid[] = HEAD "retry: 1000\nid: 7\n\n" ROW(8, 1, "payment.completed", "PAID", "null");
    struct play play = play_of('1');
    char request[1000];
    int fd;

    ck_assert(!news_is_ready(run->news));
    fd = load_service_answer(&service, request, sizeof(request), HEAD "retry: 1000\nid: 6\n\n");
    ck_assert_ptr_nonnull(strstr(request, "GET /orders/events HTTP/1.0\r\n"));
    ck_assert_ptr_nonnull(strstr(request, "Authorization: Bearer secret\r\n"));
    ck_assert_ptr_null(strstr(request, "Last-Event-ID"));
    LOAD_SERVICE_UNTIL(&service, news_is_ready(run->news));
    news_follow(run->news, &play);
    send(fd, created, strlen(created), 0);
    LOAD_SERVICE_UNTIL(&service, play.status == CREATED);
    close(fd);
    fd = load_service_answer(&service, request, sizeof(request), paid);
    ck_assert_ptr_nonnull(strstr(request, "\r\nLast-Event-ID: 7\r\n"));
    LOAD_SERVICE_UNTIL(&service, play.status == PAID);
    ck_assert_uint_eq(run->results.streams_lost, 1);
    ck_assert_uint_eq(run->results.failed, 0);
    close(fd);
}
END_TEST

START_TEST(who_streams_nothing_is_named)
{
    static const char refusal[] = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    char request[1000];
    int fd = load_service_answer(&service, request, sizeof(request), refusal);

    LOAD_SERVICE_UNTIL(&service, strstr(news_problem(run->news), "answers 401") != NULL);
    ck_assert_str_eq(news_problem(run->news), "http://127.0.0.1: no stream of events: answers 401");
    close(fd);
}
END_TEST

/* ---- Tests: who is told ---- */

START_TEST(news_before_the_answer_are_kept_for_the_play)
{
    struct play play = play_of('1');

    tell(CREATED, NOT_ORDERED, true);
    tell(PAID, NOT_ORDERED, true);
    tell(PAID, PAID, true);
    ck_assert_uint_eq(run->results.notified, 0);
    news_follow(run->news, &play);
    ck_assert_int_eq(play.status, PAID);
    ck_assert_uint_eq(play.told, PAID);
    ck_assert_uint_eq(run->results.notified, 1);
    news_leave(run->news, &play, PAID);
    ck_assert_uint_eq(news_pending(run->news), 0);
}
END_TEST

START_TEST(late_news_change_nothing_but_are_remembered)
{
    struct play play = play_of('1');

    news_follow(run->news, &play);
    play_hear(&play, CREATED | CANCELLED, 0, false);
    tell(PAID, PAID, false);
    ck_assert_int_eq(play.status, CANCELLED);
    ck_assert_uint_eq(play.seen, CREATED | PAID | CANCELLED);
    ck_assert_uint_eq(run->results.failed, 0);
}
END_TEST

START_TEST(news_that_contradict_are_a_failure)
{
    struct play play = play_of('1');

    news_follow(run->news, &play);
    tell(REJECTED, NOT_ORDERED, false);
    tell(PAID, NOT_ORDERED, false);
    tell(PAID, PAID, false);
    ck_assert_uint_eq(run->results.failed, 1);
}
END_TEST

START_TEST(a_stream_that_goes_back_is_a_failure)
{
    tell(PAID, NOT_ORDERED, true);
    tell(CREATED, NOT_ORDERED, true);
    ck_assert_uint_eq(run->results.failed, 1);
}
END_TEST

START_TEST(a_customer_who_was_not_told_of_all_is_a_failure)
{
    struct play play = play_of('1');

    news_follow(run->news, &play);
    tell(PAID, PAID, true);
    tell(CANCELLED, CANCELLED, true);
    news_leave(run->news, &play, PAID | CANCELLED | REFUNDED);
    ck_assert_uint_eq(news_pending(run->news), 1);
    news_give_up(run->news);
    ck_assert_uint_eq(run->results.missing, 1);
    ck_assert_uint_eq(run->results.failed, 1);
    tell(REFUNDED, REFUNDED, true);
    ck_assert_uint_eq(news_pending(run->news), 0);
}
END_TEST

START_TEST(a_play_that_has_left_hears_nothing)
{
    struct play play = play_of('1');

    news_follow(run->news, &play);
    news_leave(run->news, &play, 0);
    tell(PAID, PAID, true);
    ck_assert_int_eq(play.status, NOT_ORDERED);
    ck_assert_uint_eq(news_pending(run->news), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("news");
    TCase *pure = tcase_create("pure"), *tests = tcase_create("connected");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(pure, the_latest_state_of_a_set_is_the_one_reached_last);
    tcase_add_test(pure, no_order_was_rejected_and_anything_else);
    tcase_add_test(pure, thousands_of_orders_come_and_go);
    tcase_add_test(pure, orders_of_others_are_forgotten_and_ours_are_not);
    tcase_add_test(pure, a_stream_is_read_wherever_it_is_cut);
    tcase_add_test(pure, a_stream_is_read_byte_by_byte);
    tcase_add_test(pure, half_an_event_is_none_and_the_next_answer_goes_on_behind_the_last_whole_one);
    tcase_add_test(pure, many_events_pass_through_the_buffer);
    tcase_add_loop_test(pure, what_is_wrong_with_a_stream_is_told, 0, (int)(sizeof(wrong) / sizeof(wrong[0])));
    tcase_add_test(pure, an_event_without_an_end_is_too_long);
    tcase_add_loop_test(pure, each_row_of_a_history_is_understood, 0, (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_test(pure, what_is_no_row_is_not_understood);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_stream_that_is_lost_goes_on_behind_the_last_event);
    tcase_add_test(tests, who_streams_nothing_is_named);
    tcase_add_test(tests, news_before_the_answer_are_kept_for_the_play);
    tcase_add_test(tests, late_news_change_nothing_but_are_remembered);
    tcase_add_test(tests, news_that_contradict_are_a_failure);
    tcase_add_test(tests, a_stream_that_goes_back_is_a_failure);
    tcase_add_test(tests, a_customer_who_was_not_told_of_all_is_a_failure);
    tcase_add_test(tests, a_play_that_has_left_hears_nothing);
    suite_add_tcase(suite, pure);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
