/* Posts with real sockets: poster and receiver share one process and one loop. */
#include "../../common/http/poster.h"
#include "../../common/http/url.h"
#include "../receiver/receiver.h"

#include <arpa/inet.h>
#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Who is hasty is for tests of time-outs; on a busy machine an answer may take a while. */
enum { CONNECTIONS = 4, PATIENT_MS = 20000, HASTY_MS = 600, LATE_MS = 900, PATIENCE_TURNS = 40000 };

/* ---- Fixture ---- */

struct told {
    int times, status;
    char why[40];
};

static struct event_base *base;
static struct event *pulse;             /* ends every turn of the loop within 1 ms */
static struct receiver *receiver;
static struct poster *poster, *hasty;     /* to the receiver */

static void
on_pulse(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what, (void)context;
}

static struct poster *
poster_to(const char *format, int port, int timeout_ms)
{
    char text[100], *error = NULL;
    struct url url;
    struct poster_options options = { &url, "check", CONNECTIONS, timeout_ms };
    struct poster *made;

    snprintf(text, sizeof(text), format, port);
    ck_assert_ptr_null(url_read(text, &url));
    made = poster_new(base, &options, &error);
    ck_assert_msg(made != NULL, "%s", error);
    return made;
}

static void
set_up(void)
{
    static const struct timeval millisecond = { .tv_usec = 1000 };

    signal(SIGPIPE, SIG_IGN);
    base = event_base_new();
    pulse = event_new(base, -1, EV_PERSIST, on_pulse, NULL);
    event_add(pulse, &millisecond);
    receiver = receiver_new(base, &(struct receiver_options){ .late_ms = LATE_MS });
    ck_assert_ptr_nonnull(receiver);
    poster = poster_to("http://127.0.0.1:%d/hook?a=b", receiver_port(receiver), PATIENT_MS);
    hasty = poster_to("http://127.0.0.1:%d/hook", receiver_port(receiver), HASTY_MS);
}

static void
tear_down(void)
{
    poster_free(poster);
    poster_free(hasty);
    receiver_free(receiver);
    event_free(pulse);
    event_base_free(base);
}

/* ---- Helpers ---- */

static void
on_told(void *context, const struct answer *answer)
{
    struct told *told = context;

    told->times++;
    told->status = answer->status;
    snprintf(told->why, sizeof(told->why), "%s", answer->why == NULL ? "" : answer->why);
}

static const char *
body_for(const char *words)
{
    static char body[200];

    snprintf(body, sizeof(body), "{\"order_id\":\"o\",\"kind\":\"paid\",\"customer_id\":\"%s\"}", words);
    return body;
}

static void
send_to(struct poster *to, const char *key, const char *words, struct told *told)
{
    struct post post = { .key = key, .body = body_for(words) };

    *told = (struct told){ 0 };
    poster_post(to, &post, on_told, told);
    ck_assert_int_eq(told->times, 0);           /* never from within */
}

static void
turn(void)
{
    event_base_loop(base, EVLOOP_ONCE);
}

static void
wait_for(const struct told *told)
{
    for (int i = 0; i < PATIENCE_TURNS && told->times == 0; i++)
        turn();
    ck_assert_int_eq(told->times, 1);
}

static struct told
post_one(struct poster *to, const char *key, const char *words)
{
    struct told told;

    send_to(to, key, words, &told);
    wait_for(&told);
    return told;
}

static void
check_told(struct told told, int status, const char *why)
{
    ck_assert_int_eq(told.status, status);
    ck_assert_str_eq(told.why, why);
}

static int
free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    bind(fd, (struct sockaddr *)&address, size);
    getsockname(fd, (struct sockaddr *)&address, &size);
    close(fd);
    return ntohs(address.sin_port);
}

/* ---- Tests: URLs ---- */

static const struct {
    const char *text, *host, *authority, *target, *wrong;
    int port;
} urls[] = {
    { "http://shop", "shop", "shop", "/", NULL, 80 },
    { "HTTP://shop.example:80/", "shop.example", "shop.example", "/", NULL, 80 },
    { "http://127.0.0.1:8080/a/b?c=d&e", "127.0.0.1", "127.0.0.1:8080", "/a/b?c=d&e", NULL, 8080 },
    { "http://[::1]:9/x", "::1", "[::1]:9", "/x", NULL, 9 },
    { "http://[::1]", "::1", "[::1]", "/", NULL, 80 },
    { "http://shop?q", "shop", "shop", "/?q", NULL, 80 },
    { "", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "shop", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "shop:8080/hook", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "/hook", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "http://", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "http:///hook", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "http://shop:0/", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "http://shop:65536/", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "http://shop:port/", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "http://sh op/", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "http://shop/a b", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "http://shop/\r\nX: y", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "ftp://shop/", NULL, NULL, NULL, "must be http://HOST", 0 },
    { "https://shop/", NULL, NULL, NULL, "must start with http://; for TLS", 0 },
    { "http://me:secret@shop/", NULL, NULL, NULL, "must have neither a user", 0 },
    { "http://shop/#top", NULL, NULL, NULL, "must have neither a user", 0 },
};

START_TEST(a_url_is_taken_apart_or_what_is_wrong_with_it_is_said)
{
    struct url url;
    const char *wrong = url_read(urls[_i].text, &url);

    if (urls[_i].wrong != NULL) {
        ck_assert_ptr_nonnull(wrong);
        ck_assert_msg(strncmp(wrong, urls[_i].wrong, strlen(urls[_i].wrong)) == 0, "%s", wrong);
        return;
    }
    ck_assert_msg(wrong == NULL, "%s", wrong);
    ck_assert_str_eq(url.host, urls[_i].host);
    ck_assert_str_eq(url.authority, urls[_i].authority);
    ck_assert_str_eq(url.target, urls[_i].target);
    ck_assert_int_eq(url.port, urls[_i].port);
}
END_TEST

START_TEST(a_url_that_is_too_long_is_refused)
{
    char text[URL_SIZE + 100];
    struct url url;

    memset(text, 'a', sizeof(text));
    memcpy(text, "http://", 7);
    text[7 + URL_HOST] = '\0';
    ck_assert_str_eq(url_read(text, &url), "must have a shorter host");
    text[8] = '/';
    text[7 + URL_HOST] = 'a';
    text[URL_SIZE] = '\0';
    ck_assert_ptr_null(url_read(text, &url));
    ck_assert_uint_eq(strlen(url.target), URL_SIZE - 8);
    text[URL_SIZE] = 'a';
    text[URL_SIZE + 1] = '\0';
    ck_assert_str_eq(url_read(text, &url), "must be shorter");
}
END_TEST

/* ---- Tests: posts ---- */

START_TEST(a_post_says_what_it_is)
{
    static const char trace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    struct post post = { .key = "key-1", .traceparent = trace, .body = body_for("200") };
    const struct receiver_seen *seen = receiver_seen(receiver);
    char host[60];
    struct told told = { 0 };

    poster_post(poster, &post, on_told, &told);
    wait_for(&told);
    check_told(told, 200, "");
    snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%d\r\n", receiver_port(receiver));
    ck_assert_int_eq(strncmp(seen->head, "POST /hook?a=b HTTP/1.1\r\n", 25), 0);
    ck_assert_ptr_nonnull(strstr(seen->head, host));
    ck_assert_ptr_nonnull(strstr(seen->head, "\r\nUser-Agent: check\r\n"));
    ck_assert_ptr_nonnull(strstr(seen->head, "\r\nContent-Type: application/json\r\n"));
    ck_assert_ptr_nonnull(strstr(seen->head, "\r\nIdempotency-Key: key-1\r\n"));
    ck_assert_ptr_nonnull(strstr(seen->head, trace));
    ck_assert_str_eq(seen->body, body_for("200"));
}
END_TEST

START_TEST(a_header_cannot_be_forged_by_what_came_with_an_event)
{
    struct post post = { .key = "key-1", .traceparent = "x\r\nX-Forged: y", .body = body_for("200") };
    struct told told = { 0 };

    poster_post(poster, &post, on_told, &told);
    wait_for(&told);
    check_told(told, 200, "");
    ck_assert_ptr_null(strstr(receiver_seen(receiver)->head, "Forged"));
}
END_TEST

static const struct {
    const char *word;
    int status;
    const char *why;
    bool waits;                             /* for the deadline */
} answers[] = {
    { "200", 200, "", false },
    { "204", 204, "", false },
    { "301", 301, "", false },
    { "304", 304, "", false },
    { "400", 400, "", false },
    { "408", 408, "", false },
    { "429", 429, "", false },
    { "500", 500, "", false },
    { "999", 999, "", false },
    { "last", 200, "", false },
    { "chunked", 200, "", false },
    { "continue", 200, "", false },
    { "big", 200, "", false },                     /* the status counts, whatever becomes of the body */
    { "half", 200, "", true },
    { "hang", 0, "timed_out", true },
    { "late", 0, "timed_out", true },
    { "close", 0, "connection_failed", false },
    { "reset", 0, "connection_failed", false },
    { "junk", 0, "malformed_answer", false },
    { "heads", 0, "malformed_answer", false },
    { "early", 0, "malformed_answer", false },     /* evhttp takes a 103 for the answer */
};

START_TEST(an_answer_is_its_status_or_why_there_is_none)
{
    struct poster *to = answers[_i].waits ? hasty : poster;

    check_told(post_one(to, "key-1", answers[_i].word), answers[_i].status, answers[_i].why);
    ck_assert_int_eq(poster_room(to), CONNECTIONS);
    check_told(post_one(to, "key-2", "200"), 200, "");      /* nothing of it is left for the next post */
    check_told(post_one(to, "key-3", "500"), 500, "");
}
END_TEST

START_TEST(an_answer_that_comes_late_is_not_taken_for_that_of_the_next_post)
{
    check_told(post_one(hasty, "key-1", "late"), 0, "timed_out");
    check_told(post_one(hasty, "key-2", "hang"), 0, "timed_out");  /* the late 200 would have come now */
    ck_assert_int_eq(receiver_seen(receiver)->connections, 2);
}
END_TEST

START_TEST(a_connection_is_kept_as_long_as_it_works)
{
    const struct receiver_seen *seen = receiver_seen(receiver);

    for (int i = 0; i < 5; i++)
        check_told(post_one(hasty, "key-1", i % 2 == 0 ? "200" : "500"), i % 2 == 0 ? 200 : 500, "");
    ck_assert_int_eq(seen->connections, 1);
    check_told(post_one(hasty, "key-2", "last"), 200, "");
    check_told(post_one(hasty, "key-3", "200"), 200, "");
    ck_assert_int_eq(seen->connections, 2);
    check_told(post_one(hasty, "key-4", "hang"), 0, "timed_out");
    check_told(post_one(hasty, "key-5", "200"), 200, "");
    ck_assert_int_eq(seen->connections, 3);
}
END_TEST

START_TEST(a_receiver_that_starts_again_is_found_again)
{
    struct receiver_options same = { .port = receiver_port(receiver) };

    check_told(post_one(poster, "key-1", "200"), 200, "");
    receiver_free(receiver);
    for (int i = 0; i < 20; i++)
        turn();                             /* the kept connection is seen to have ended */
    check_told(post_one(poster, "key-2", "200"), 0, "connection_failed");
    receiver = receiver_new(base, &same);
    ck_assert_ptr_nonnull(receiver);
    check_told(post_one(poster, "key-2", "200"), 200, "");
}
END_TEST

START_TEST(as_many_posts_as_there_are_connections_run_at_once)
{
    struct told told[CONNECTIONS];
    const struct receiver_seen *seen = receiver_seen(receiver);
    char key[20];

    for (int i = 0; i < CONNECTIONS; i++) {
        ck_assert_int_eq(poster_room(hasty), CONNECTIONS - i);
        snprintf(key, sizeof(key), "key-%d", i);
        send_to(hasty, key, i == 0 ? "hang" : "200", &told[i]);
    }
    ck_assert_int_eq(poster_room(hasty), 0);
    for (int i = 0; i < CONNECTIONS; i++) {
        wait_for(&told[i]);
        check_told(told[i], i == 0 ? 0 : 200, i == 0 ? "timed_out" : "");
    }
    ck_assert_int_eq(seen->posts, CONNECTIONS);
    ck_assert_int_eq(poster_room(hasty), CONNECTIONS);
    check_told(post_one(hasty, "key-9", "200"), 200, "");
    ck_assert_int_eq(seen->connections, CONNECTIONS);       /* one that is kept comes first */
}
END_TEST

struct chain {
    struct told told;
    int left;
};

static void
post_next(void *context, const struct answer *answer)
{
    struct chain *chain = context;
    struct post post = { .key = "key", .body = body_for(chain->left % 3 == 0 ? "close" : "200") };

    on_told(&chain->told, answer);
    chain->told.times = 0;
    if (chain->left-- > 0)
        poster_post(poster, &post, post_next, chain);
    else
        chain->told.times = 1;
}

START_TEST(whoever_is_told_may_post_again_at_once)
{
    struct chain chain = { .left = 50 };

    post_next(&chain, &(struct answer){ .status = 200 });
    wait_for(&chain.told);
    ck_assert_int_eq(receiver_seen(receiver)->posts, 50);
}
END_TEST

START_TEST(posts_under_way_end_with_their_poster)
{
    struct told told[3];

    send_to(poster, "key-1", "hang", &told[0]);
    while (receiver_seen(receiver)->posts == 0)
        turn();
    send_to(poster, "key-2", "200", &told[1]);
    send_to(poster, "key-3", "200", &told[2]);
    poster_free(poster);
    poster = NULL;
    for (int i = 0; i < 100; i++)
        turn();
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(told[i].times, 0);
}
END_TEST

/* ---- Tests: addresses ---- */

START_TEST(where_nobody_listens_there_is_no_connection)
{
    struct poster *nowhere = poster_to("http://127.0.0.1:%d/", free_port(), PATIENT_MS);
    struct told told;

    send_to(nowhere, "key-1", "200", &told);
    wait_for(&told);
    check_told(told, 0, "connection_failed");
    poster_free(nowhere);
}
END_TEST

START_TEST(a_name_is_looked_up)
{
    struct poster *named = poster_to("http://localhost:%d/", receiver_port(receiver), PATIENT_MS);
    struct told told;

    send_to(named, "key-1", "200", &told);
    wait_for(&told);
    check_told(told, 200, "");
    poster_free(named);
}
END_TEST

START_TEST(a_name_that_nobody_has_ends_its_post_in_time)
{
    struct poster *nowhere = poster_to("http://nobody.invalid:%d/", 80, HASTY_MS);
    struct told told;

    send_to(nowhere, "key-1", "200", &told);
    wait_for(&told);
    ck_assert_int_eq(told.status, 0);
    ck_assert(strcmp(told.why, "connection_failed") == 0 || strcmp(told.why, "timed_out") == 0);
    for (int i = 0; i < HASTY_MS; i++)
        turn();                             /* the look-up ends about when the post does */
    poster_free(nowhere);
}
END_TEST

#define ROWS(table_) ((int)(sizeof(table_) / sizeof((table_)[0])))

int
main(void)
{
    Suite *suite = suite_create("poster");
    TCase *tcase = tcase_create("posts"), *texts = tcase_create("urls");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(texts, a_url_is_taken_apart_or_what_is_wrong_with_it_is_said, 0, ROWS(urls));
    tcase_add_test(texts, a_url_that_is_too_long_is_refused);
    tcase_add_test(tcase, a_post_says_what_it_is);
    tcase_add_test(tcase, a_header_cannot_be_forged_by_what_came_with_an_event);
    tcase_add_loop_test(tcase, an_answer_is_its_status_or_why_there_is_none, 0, ROWS(answers));
    tcase_add_test(tcase, an_answer_that_comes_late_is_not_taken_for_that_of_the_next_post);
    tcase_add_test(tcase, a_connection_is_kept_as_long_as_it_works);
    tcase_add_test(tcase, a_receiver_that_starts_again_is_found_again);
    tcase_add_test(tcase, as_many_posts_as_there_are_connections_run_at_once);
    tcase_add_test(tcase, whoever_is_told_may_post_again_at_once);
    tcase_add_test(tcase, posts_under_way_end_with_their_poster);
    tcase_add_test(tcase, where_nobody_listens_there_is_no_connection);
    tcase_add_test(tcase, a_name_is_looked_up);
    tcase_add_test(tcase, a_name_that_nobody_has_ends_its_post_in_time);
    suite_add_tcase(suite, texts);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
