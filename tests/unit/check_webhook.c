/* The webhook channel: what an answer means for a notification, and how calls are made: against a real receiver. */
#include "choreography.h"

#include "../../common/calls.h"
#include "../../common/http/exposition.h"
#include "../../common/outside.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../receiver/receiver.h"

#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IN_FLIGHT = 3, LATE_MS = 100, PATIENCE_TURNS = 20000 };

#define TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

/* ---- Fixture ---- */

static struct choreography c;
static struct event_base *base;
static struct event *pulse;             /* ends every turn of the loop within 1 ms */
static struct receiver *receiver;
static struct calls *calls;
static char url[60];

static void
set_up(void)
{
    choreography_open(&c);
    c.notify_settings.channel = "webhook";
}

static void
tear_down(void)
{
    choreography_close(&c);
}

static void
on_pulse(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what, (void)context;
}

static void
on_done(void *context)
{
    (void)context;          /* the test commits */
}

static void
open_calls(void)
{
    char *error = NULL;

    calls = calls_new(base, &c.cores[NOTIFY_SVC], on_done, NULL, &error);
    ck_assert_msg(calls != NULL, "%s", error);
    group_listen(c.cores[NOTIFY_SVC].group, (struct group_listener){ NULL, calls_after_commit, calls });
}

static void
set_up_calls(void)
{
    static const struct timeval millisecond = { .tv_usec = 1000 };

    set_up();
    signal(SIGPIPE, SIG_IGN);
    base = event_base_new();
    pulse = event_new(base, -1, EV_PERSIST, on_pulse, NULL);
    event_add(pulse, &millisecond);
    receiver = receiver_new(base, &(struct receiver_options){ .late_ms = LATE_MS });
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", receiver_port(receiver));
    c.notify_settings.webhook_url = url;
    c.notify_settings.webhook_timeout_ms = 10000;
    c.notify_settings.webhook_max_in_flight = IN_FLIGHT;
    open_calls();
}

static void
tear_down_calls(void)
{
    calls_free(calls);
    receiver_free(receiver);
    event_free(pulse);
    event_base_free(base);
    tear_down();
}

/* ---- Helpers ---- */

/* News for notify-svc; answers the order. The commit makes the call, if there are calls. */
static const char *
tell(const char *customer)
{
    const char *order_id = new_id(&c, "");
    struct envelope in = event_about(&c, ORDER_PAID, order_id,
                                     arena_format(&c.arena, "{\"customer_id\":\"%s\"}", customer));

    in.traceparent = TRACE;
    ck_assert_int_eq(deliver(&c, NOTIFY_SVC, &in).how, HANDLED);
    return order_id;
}

static const char *
status_of(const char *order_id)
{
    return text_of(&c, NOTIFY_SVC, "SELECT status FROM notification WHERE order_id = :id", order_id);
}

static int64_t
count_of(const char *status)
{
    return number_of(&c, NOTIFY_SVC,
                     strcmp(status, "SENT") == 0 ? "SELECT count(*) FROM notification WHERE status = 'SENT'"
                                                 : "SELECT count(*) FROM notification WHERE status = 'PENDING'");
}

static int64_t
wait_of(const char *order_id)
{
    int64_t at = atoll(text_of(&c, NOTIFY_SVC, "SELECT next_try_at FROM notification WHERE order_id = :id", order_id));

    return at - clock_now_ms(&c.clock);
}

/* One turn of the loop and its commit, as a node does it. */
static void
turn(void)
{
    event_base_loop(base, EVLOOP_ONCE);
    group_commit(c.cores[NOTIFY_SVC].group);
    calls_look(calls);
}

static void
turns(int count)
{
    for (int i = 0; i < count; i++)
        turn();
}

static void
turn_until_posts(int posts)
{
    for (int i = 0; i < PATIENCE_TURNS && receiver_seen(receiver)->posts < posts; i++)
        turn();
    ck_assert_int_eq(receiver_seen(receiver)->posts, posts);
}

static void
turn_until(const char *status, int64_t count)
{
    for (int i = 0; i < PATIENCE_TURNS && count_of(status) < count; i++)
        turn();
    ck_assert_int_eq(count_of(status), count);
}

static void
script(const char *sql)
{
    ck_assert_int_eq(db_script(c.cores[NOTIFY_SVC].db, sql), 0);
}

/* ---- Tests: what an answer means ---- */

START_TEST(a_notification_is_pending_until_it_is_delivered)
{
    const char *order_id = tell("alice");
    const char *id = text_of(&c, NOTIFY_SVC, "SELECT notification_id FROM notification WHERE order_id = :id", order_id);

    ck_assert_str_eq(status_of(order_id), "PENDING");
    ck_assert_int_eq(number_of(&c, NOTIFY_SVC, "SELECT count(*) FROM outbox"), 0);
    ck_assert_int_eq(answer_posts(&c, 200), 1);
    ck_assert_str_eq(status_of(order_id), "SENT");
    ck_assert_str_eq(text_of(&c, NOTIFY_SVC, "SELECT type FROM outbox", NULL), "notification.sent");
    ck_assert_str_eq(text_of(&c, NOTIFY_SVC, "SELECT data ->> 'notification_id' FROM outbox", NULL), id);
    ck_assert_str_eq(text_of(&c, NOTIFY_SVC, "SELECT causation FROM outbox", NULL),
                     arena_format(&c.arena, "completion:delivered:%s", id));
    ck_assert_str_eq(text_of(&c, NOTIFY_SVC, "SELECT traceparent FROM outbox", NULL), TRACE);
    ck_assert_int_eq(answer_posts(&c, 200), 0);
}
END_TEST

static const struct {
    int status;
    const char *wanted;
} answers[] = {
    { 200, "SENT" },    { 201, "SENT" },    { 204, "SENT" },    { 299, "SENT" },
    { 400, "FAILED" },  { 401, "FAILED" },  { 404, "FAILED" },  { 410, "FAILED" },  { 422, "FAILED" },
    { 499, "FAILED" },  { 408, "PENDING" }, { 429, "PENDING" }, { 500, "PENDING" }, { 503, "PENDING" },
    { 599, "PENDING" }, { 301, "PENDING" }, { 304, "PENDING" }, { 999, "PENDING" }, { 0, "PENDING" },
};

START_TEST(a_2xx_delivers_a_4xx_gives_up_all_else_is_tried_again)
{
    const char *order_id = tell("alice");
    bool ended = strcmp(answers[_i].wanted, "PENDING") != 0;

    ck_assert_int_eq(answer_posts(&c, answers[_i].status), 1);
    ck_assert_str_eq(status_of(order_id), answers[_i].wanted);
    ck_assert_int_eq(number_of(&c, NOTIFY_SVC, "SELECT tries FROM notification"), 1);
    ck_assert_int_eq(number_of(&c, NOTIFY_SVC, "SELECT count(*) FROM outbox"), ended);
    ck_assert_int_eq(number_of(&c, NOTIFY_SVC, "SELECT done_at IS NOT NULL FROM notification"), ended);
}
END_TEST

START_TEST(the_wait_doubles_up_to_a_limit_and_half_of_it_is_chance)
{
    static const int64_t longest[] = { 1000, 2000, 4000, 5000, 5000, 5000 };
    int64_t first = 0;
    bool differs = false;

    c.notify_settings.webhook_max_tries = 1000;
    for (int order = 0; order < 20; order++) {
        const char *order_id = tell("alice");

        for (int try = 0; try < 6; try++) {
            ck_assert_int_eq(answer_posts(&c, 503), 1);
            ck_assert_int_le(wait_of(order_id), longest[try]);
            ck_assert_int_ge(wait_of(order_id), longest[try] / 2);
            first = first == 0 ? wait_of(order_id) : first;
            differs = differs || (try == 0 && wait_of(order_id) != first);
            clock_advance(&c.clock, wait_of(order_id) - 1);
            ck_assert_int_eq(answer_posts(&c, 503), 0);             /* not due yet */
            clock_advance(&c.clock, 1);
        }
        ck_assert_int_eq(answer_posts(&c, 200), 1);
    }
    ck_assert(differs);
}
END_TEST

START_TEST(a_notification_whose_tries_are_used_up_has_failed)
{
    const char *order_id = tell("alice");

    for (int try = 1; try <= 3; try++) {
        ck_assert_str_eq(status_of(order_id), "PENDING");
        ck_assert_int_eq(answer_posts(&c, 0), 1);
        clock_advance(&c.clock, 5000);
    }
    ck_assert_str_eq(status_of(order_id), "FAILED");
    ck_assert_int_eq(number_of(&c, NOTIFY_SVC, "SELECT tries FROM notification"), 3);
    ck_assert_str_eq(text_of(&c, NOTIFY_SVC, "SELECT type FROM outbox", NULL), "notification.failed");
    ck_assert_int_eq(answer_posts(&c, 200), 0);
}
END_TEST

START_TEST(an_order_is_closed_also_when_its_customer_cannot_be_told)
{
    const char *order_id;

    open_account(&c, "alice", "EUR", 100000);
    order_id = place_order(&c, "alice");
    run_until_quiet(&c);
    ck_assert_str_eq(text_of(&c, ORDER_SVC, "SELECT closed_at FROM orders", NULL), "");
    ck_assert_int_eq(answer_posts(&c, 400), 1);
    run_until_quiet(&c);
    ck_assert_str_ne(text_of(&c, ORDER_SVC, "SELECT closed_at FROM orders", NULL), "");
    ck_assert_str_eq(text_of(&c, ORDER_SVC, "SELECT outcome FROM order_notice WHERE order_id = :id", order_id), "FAILED");
    check_notifications(&c);
}
END_TEST

START_TEST(what_is_due_is_found_by_an_index_that_is_empty_on_the_console)
{
    static const char plan[] =
        "EXPLAIN QUERY PLAN SELECT kind FROM notification WHERE status = 'PENDING' AND next_try_at <= 1"
        " ORDER BY next_try_at LIMIT 3";
    struct rows *rows = db_select(c.cores[NOTIFY_SVC].db, plan, NULL);

    ck_assert(rows_next(rows));
    ck_assert_ptr_nonnull(strstr(rows_text(rows, 3), "INDEX notification_due"));
    ck_assert(!rows_next(rows));                /* nothing is sorted */
    c.notify_settings.channel = "console";
    tell("alice");
    ck_assert_int_eq(c.cores[NOTIFY_SVC].service->outside->pending(c.cores[NOTIFY_SVC].db), 0);
}
END_TEST

/* ---- Tests: calls ---- */

START_TEST(a_call_is_made_after_the_commit_and_says_what_to_tell)
{
    const char *order_id = tell("200");
    const struct receiver_seen *seen = receiver_seen(receiver);
    const char *id;

    turn_until("SENT", 1);
    id = text_of(&c, NOTIFY_SVC, "SELECT notification_id FROM notification", NULL);
    ck_assert_str_eq(seen->body,
                     arena_format(&c.arena, "{\"notification_id\":\"%s\",\"order_id\":\"%s\",\"kind\":\"paid\","
                                  "\"customer_id\":\"200\",\"text\":\"Dear 200, your order %s is paid.\"}", id, order_id,
                                  order_id));
    ck_assert_ptr_nonnull(strstr(seen->head, arena_format(&c.arena, "\r\nIdempotency-Key: %s\r\n", id)));
    ck_assert_ptr_nonnull(strstr(seen->head, "\r\ntraceparent: " TRACE "\r\n"));
    ck_assert_ptr_nonnull(strstr(seen->head, "\r\nUser-Agent: notify-svc\r\n"));
    ck_assert_int_eq(seen->posts, 1);
}
END_TEST

START_TEST(a_commit_that_fails_posts_nothing_of_its_turn)
{
    struct envelope in = event_about(&c, ORDER_PAID, new_id(&c, ""), "{\"customer_id\":\"200\"}");

    core_react(&c.cores[NOTIFY_SVC], &in);
    for (int i = 0; i < 50; i++) {
        calls_look(calls);                      /* what is not durable is not posted */
        event_base_loop(base, EVLOOP_ONCE);
    }
    group_abort(c.cores[NOTIFY_SVC].group);
    turns(50);
    ck_assert_int_eq(receiver_seen(receiver)->posts, 0);
    ck_assert_int_eq(count_of("PENDING"), 0);
}
END_TEST

START_TEST(at_most_so_many_calls_are_under_way_and_no_one_twice)
{
    enum { NOTIFICATIONS_TO_TELL = 20 };
    const struct receiver_seen *seen = receiver_seen(receiver);

    for (int i = 0; i < NOTIFICATIONS_TO_TELL; i++)
        tell("late");
    turn_until("SENT", NOTIFICATIONS_TO_TELL);
    ck_assert_int_eq(seen->most_open, IN_FLIGHT);
    ck_assert_int_eq(seen->posts, NOTIFICATIONS_TO_TELL);           /* though the rows were due all the time */
    ck_assert_int_eq(seen->connections, IN_FLIGHT);
    ck_assert_int_eq(number_of(&c, NOTIFY_SVC, "SELECT max(tries) FROM notification"), 1);
}
END_TEST

START_TEST(what_fails_is_called_again_with_the_same_key_when_it_is_due)
{
    const struct receiver_seen *seen = receiver_seen(receiver);
    char head[sizeof(seen->head)];

    tell("503-200");
    turn_until_posts(1);
    strcpy(head, strstr(seen->head, "Idempotency-Key"));
    turns(50);
    ck_assert_int_eq(seen->posts, 1);
    ck_assert_str_eq(calls_trouble(calls), "the last call was answered with 503");
    clock_advance(&c.clock, 1000);
    turn_until("SENT", 1);
    ck_assert_int_eq(seen->posts, 2);
    ck_assert_str_eq(strstr(seen->head, "Idempotency-Key"), head);
    ck_assert_ptr_null(calls_trouble(calls));
}
END_TEST

/* The receiver has it, the database does not: the row is due, and goes out again once the database takes writes. */
START_TEST(an_answer_whose_commit_fails_is_asked_for_again_with_the_same_key)
{
    const struct receiver_seen *seen = receiver_seen(receiver);
    char head[sizeof(seen->head)];

    script("CREATE TABLE whole (a PRIMARY KEY);"
           "CREATE TABLE part (a REFERENCES whole DEFERRABLE INITIALLY DEFERRED);"
           "CREATE TRIGGER fail AFTER UPDATE ON notification BEGIN INSERT INTO part VALUES (1); END");
    tell("200");
    turn_until_posts(1);
    strcpy(head, strstr(seen->head, "Idempotency-Key"));
    turns(100);
    ck_assert(group_is_failing(c.cores[NOTIFY_SVC].group));
    ck_assert_int_eq(seen->posts, 1);           /* nothing is called while the database fails */
    ck_assert_int_eq(count_of("PENDING"), 1);
    ck_assert_int_eq(number_of(&c, NOTIFY_SVC, "SELECT count(*) FROM outbox"), 0);
    script("DROP TRIGGER fail");
    group_begin(c.cores[NOTIFY_SVC].group);     /* as node does each second */
    turn_until("SENT", 1);
    ck_assert_int_eq(seen->posts, 2);
    ck_assert_str_eq(strstr(seen->head, "Idempotency-Key"), head);
    ck_assert_int_eq(number_of(&c, NOTIFY_SVC, "SELECT count(*) FROM outbox"), 1);
}
END_TEST

START_TEST(a_completion_that_is_undone_is_no_reason_to_call_again_and_again)
{
    script("CREATE TRIGGER refuse BEFORE UPDATE ON notification BEGIN SELECT raise(ABORT, 'no'); END");
    tell("200");
    turns(200);
    ck_assert_int_eq(receiver_seen(receiver)->posts, 1);
    clock_advance(&c.clock, 1000);
    turn_until_posts(2);
    turns(50);
    script("DROP TRIGGER refuse");
    clock_advance(&c.clock, 1000);
    turn_until("SENT", 1);
    ck_assert_int_eq(receiver_seen(receiver)->posts, 3);
}
END_TEST

START_TEST(what_was_under_way_when_the_process_ended_goes_out_again_at_start)
{
    const struct receiver_seen *seen = receiver_seen(receiver);
    char head[sizeof(seen->head)];

    tell("hang-200");
    turn_until_posts(1);
    strcpy(head, strstr(seen->head, "Idempotency-Key"));
    calls_free(calls);
    for (int i = 0; i < 20; i++)
        event_base_loop(base, EVLOOP_ONCE);
    ck_assert_int_eq(seen->open, 0);            /* its connection has ended */
    group_free(c.cores[NOTIFY_SVC].group);
    c.cores[NOTIFY_SVC].group = group_new(c.cores[NOTIFY_SVC].db, &c.clock);
    open_calls();
    turn_until("SENT", 1);
    ck_assert_int_eq(seen->posts, 2);
    ck_assert_str_eq(strstr(seen->head, "Idempotency-Key"), head);
}
END_TEST

START_TEST(who_stops_calls_no_more_and_hears_the_answers_that_come)
{
    tell("late");
    turn_until_posts(1);
    tell("200");
    calls_stop(calls);
    tell("200");
    turn_until("SENT", 2);
    turns(50);
    ck_assert_int_eq(calls_under_way(calls), 0);
    ck_assert_int_eq(count_of("PENDING"), 1);
}
END_TEST

START_TEST(without_an_address_nothing_is_called_and_what_waits_is_said)
{
    calls_free(calls);
    group_free(c.cores[NOTIFY_SVC].group);
    c.cores[NOTIFY_SVC].group = group_new(c.cores[NOTIFY_SVC].db, &c.clock);
    tell("200");
    c.notify_settings.webhook_url = "";
    open_calls();
    turns(50);
    ck_assert_int_eq(receiver_seen(receiver)->posts, 0);
    ck_assert_int_eq(calls_under_way(calls), 0);
    ck_assert_str_eq(calls_trouble(calls), "calls are pending, and no address is set to make them");
}
END_TEST

START_TEST(numbers_say_what_became_of_the_calls)
{
    struct exposition *out = exposition_new();
    const char *text;
    size_t size;

    tell("200");
    tell("400");
    tell("503");
    tell("200");
    turn_until("SENT", 2);
    turn_until_posts(4);
    turns(50);
    tell("hang");
    turn_until_posts(5);
    calls_write(calls, out);
    text = exposition_text(out, &size);
    ck_assert_ptr_nonnull(strstr(text, "\noutside_calls_total{name=\"webhook\",completion=\"delivered\"} 2\n"));
    ck_assert_ptr_nonnull(strstr(text, "\noutside_calls_total{name=\"webhook\",completion=\"undeliverable\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(text, "\noutside_calls_total{name=\"webhook\",completion=\"postponed\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(text, "\noutside_calls_in_flight{name=\"webhook\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(text, "\noutside_calls_pending{name=\"webhook\"} 2\n"));
    exposition_free(out);
}
END_TEST

#define ROWS(table_) ((int)(sizeof(table_) / sizeof((table_)[0])))

int
main(void)
{
    Suite *suite = suite_create("webhook");
    TCase *meaning = tcase_create("meaning"), *making = tcase_create("making");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(meaning, set_up, tear_down);
    tcase_add_test(meaning, a_notification_is_pending_until_it_is_delivered);
    tcase_add_loop_test(meaning, a_2xx_delivers_a_4xx_gives_up_all_else_is_tried_again, 0, ROWS(answers));
    tcase_add_test(meaning, the_wait_doubles_up_to_a_limit_and_half_of_it_is_chance);
    tcase_add_test(meaning, a_notification_whose_tries_are_used_up_has_failed);
    tcase_add_test(meaning, an_order_is_closed_also_when_its_customer_cannot_be_told);
    tcase_add_test(meaning, what_is_due_is_found_by_an_index_that_is_empty_on_the_console);
    tcase_set_timeout(making, 60);
    tcase_add_checked_fixture(making, set_up_calls, tear_down_calls);
    tcase_add_test(making, a_call_is_made_after_the_commit_and_says_what_to_tell);
    tcase_add_test(making, a_commit_that_fails_posts_nothing_of_its_turn);
    tcase_add_test(making, at_most_so_many_calls_are_under_way_and_no_one_twice);
    tcase_add_test(making, what_fails_is_called_again_with_the_same_key_when_it_is_due);
    tcase_add_test(making, an_answer_whose_commit_fails_is_asked_for_again_with_the_same_key);
    tcase_add_test(making, a_completion_that_is_undone_is_no_reason_to_call_again_and_again);
    tcase_add_test(making, what_was_under_way_when_the_process_ended_goes_out_again_at_start);
    tcase_add_test(making, who_stops_calls_no_more_and_hears_the_answers_that_come);
    tcase_add_test(making, without_an_address_nothing_is_called_and_what_waits_is_said);
    tcase_add_test(making, numbers_say_what_became_of_the_calls);
    suite_add_tcase(suite, meaning);
    suite_add_tcase(suite, making);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
