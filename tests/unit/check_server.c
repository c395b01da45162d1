/* The HTTP server with real sockets: server and clients share one process and one loop. */
#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/base/memory.h"
#include "../../common/base/uuid.h"
#include "../../common/http/server.h"
#include "../../common/http/token.h"

#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { KB = 1024, PATIENCE_MS = 20000, SEEN = 320 };

/* ---- Fixture ---- */

static struct {
    struct event_base *base;
    struct event *pulse;            /* ends every turn of the loop within 1 ms */
    struct clock clock;
    struct log log;
    struct uuid_source ids;
    struct server_options options;
    struct server *server;

    bool hold;                      /* the handler keeps exchanges instead of answering */
    struct exchange *held;          /* newest first */
    const struct reply *answer;     /* NULL: the method and path */
    int requests;
    struct {
        char id[SEEN], method[SEEN], path[SEEN], query[SEEN], found[SEEN], key[SEEN], traceparent[SEEN];
        size_t data_size;
        int64_t wait_ms, received_at;
        int route;
    } seen;                         /* of the last request */
} test;

static void
see(char *copy, const char *text)
{
    snprintf(copy, SEEN, "%s", text == NULL ? "(none)" : text);
}

static void
on_request(void *context, struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    struct reply reply = { .status = 200 };

    ck_assert_ptr_eq(context, &test);
    ck_assert_int_eq(request->in.type, NO_TYPE);
    ck_assert_ptr_null(request->in.subject);
    ck_assert(request->in.data == NULL || strlen(request->in.data) == request->in.data_size);
    test.requests++;
    see(test.seen.id, request->in.id);
    see(test.seen.method, request->method);
    see(test.seen.path, request->path);
    see(test.seen.query, request->query);
    see(test.seen.found, request_query(request, "a"));
    see(test.seen.key, request->idempotency_key);
    see(test.seen.traceparent, request->in.traceparent);
    test.seen.data_size = request->in.data_size;
    test.seen.wait_ms = request->wait_ms;
    test.seen.received_at = request->in.received_at;
    test.seen.route = exchange->route;
    reply.body = arena_format(request->arena, "{\"path\":\"%s\"}", request->path);
    exchange_hold(exchange, test.answer != NULL ? test.answer : &reply);
    if (test.hold) {
        exchange->next = test.held;
        test.held = exchange;
    } else {
        exchange_send(exchange);
    }
}

static void
on_pulse(int fd, short what, void *context)
{
    (void)fd;
    (void)what;
    (void)context;
}

static void
start(void)
{
    char *error = NULL;

    test.server = server_new(test.base, &test.log, &test.clock, &test.ids, &test.options,
                             (struct server_handler){ .on_request = on_request, .context = &test }, &error);
    ck_assert_msg(test.server != NULL, "%s", error);
}

static void
set_up(void)
{
    struct timeval interval = { .tv_usec = 1000 };

    memset(&test, 0, sizeof(test));
    test.base = event_base_new();
    test.pulse = event_new(test.base, -1, EV_PERSIST, on_pulse, NULL);
    event_add(test.pulse, &interval);
    test.clock = clock_real();
    test.log = (struct log){ .service = "test", .clock = &test.clock, .fd = memfd_create("log", MFD_CLOEXEC) };
    uuid_source_seeded(&test.ids, 1);
    test.options = (struct server_options){
        .address = "127.0.0.1", .max_connections = 100, .max_header_bytes = 8 * KB, .max_body_bytes = 64 * KB,
        .request_timeout_ms = 10000, .idle_timeout_ms = 10000,
    };
}

static void
tear_down(void)
{
    server_free(test.server);
    event_free(test.pulse);
    event_base_free(test.base);
    close(test.log.fd);
}

/* ---- Helpers ---- */

struct client {
    int fd;
    char *text;                     /* all that came, NUL-terminated */
    size_t size;
    bool closed;                    /* by the server */
};

struct answer {
    int status;
    char headers[4 * KB];           /* status line included */
    const char *body;
    size_t size;
};

static int64_t
now_ms(void)
{
    return clock_monotonic_us(&test.clock) / 1000;
}

static void
turn(void)
{
    event_base_loop(test.base, EVLOOP_ONCE);
}

/* Turns the loop until the condition holds; a test that waits too long fails. */
#define UNTIL(condition)                                                                    \
    do {                                                                                    \
        int64_t until_end = now_ms() + PATIENCE_MS;                                         \
        while (!(condition)) {                                                              \
            ck_assert_msg(now_ms() < until_end, "waited in vain for: %s", #condition);      \
            turn();                                                                         \
        }                                                                                   \
    } while (0)

static void
turns(int count)
{
    while (count-- > 0)
        turn();
}

static int
try_connect(int *fd)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)server_port(test.server)) };

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(*fd, 0);
    return connect(*fd, (struct sockaddr *)&address, sizeof(address));
}

static struct client
client_open(void)
{
    struct client client = { .text = memory_new(1, 1) };

    ck_assert_int_eq(try_connect(&client.fd), 0);
    ck_assert_int_eq(fcntl(client.fd, F_SETFL, O_NONBLOCK), 0);
    return client;
}

static void
client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    free(client->text);
    *client = (struct client){ .fd = -1 };
}

static void
client_read(struct client *client)
{
    char bytes[16 * KB];
    ssize_t got;

    while ((got = recv(client->fd, bytes, sizeof(bytes), 0)) > 0) {
        client->text = memory_resize(client->text, 1, client->size + (size_t)got + 1);
        memcpy(client->text + client->size, bytes, (size_t)got);
        client->size += (size_t)got;
        client->text[client->size] = '\0';
    }
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        client->closed = true;
}

static void
client_send(struct client *client, const char *bytes, size_t size)
{
    int64_t end = now_ms() + PATIENCE_MS;

    while (size > 0) {
        ssize_t sent = send(client->fd, bytes, size, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN)
            return;                 /* the server has closed it: what it said is still to be read */
        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        }
        turn();
        ck_assert_int_lt(now_ms(), end);
    }
}

static void
client_say(struct client *client, const char *text)
{
    client_send(client, text, strlen(text));
}

/* The answer of the given index; false while it is not complete. Interim answers (1xx) count. */
static bool
client_heard(struct client *client, int index, struct answer *answer)
{
    const char *next;

    client_read(client);
    for (next = client->text;; index--) {
        const char *end = strstr(next, "\r\n\r\n"), *length;

        if (end == NULL)
            return false;
        snprintf(answer->headers, sizeof(answer->headers), "%.*s", (int)(end + 2 - next), next);
        ck_assert_int_eq(sscanf(next, "HTTP/1.%*d %d", &answer->status), 1);
        length = strstr(answer->headers, "Content-Length: ");
        answer->size = length == NULL ? 0 : (size_t)atol(length + strlen("Content-Length: "));
        answer->body = end + 4;
        if (client->size - (size_t)(answer->body - client->text) < answer->size)
            return false;
        if (index == 0)
            return true;
        next = answer->body + answer->size;
    }
}

static bool
client_gone(struct client *client)
{
    client_read(client);
    return client->closed;
}

/* Sends the text on a connection of its own and checks the status of the first answer. */
static struct client
ask(const char *text, int status, struct answer *answer)
{
    struct client client = client_open();

    client_say(&client, text);
    UNTIL(client_heard(&client, 0, answer));
    ck_assert_msg(answer->status == status, "%s: status %d, not %d: %s", text, answer->status, status, client.text);
    return client;
}

static void
served(const char *text)
{
    int before = test.requests;
    struct answer answer;
    struct client client = ask(text, 200, &answer);

    ck_assert_int_eq(test.requests, before + 1);
    client_close(&client);
}

/* Answered with a problem of the given type, whoever has refused it, and closed; the handler saw nothing. */
static void
refused(const char *text, int status, const char *type)
{
    struct answer answer;
    struct client client = ask(text, status, &answer);

    ck_assert_msg(strstr(answer.headers, "Content-Type: application/problem+json\r\n") != NULL, "%s", client.text);
    ck_assert_msg(strstr(answer.headers, "Connection: close\r\n") != NULL, "%s", client.text);
    ck_assert_msg(strstr(answer.body, type) != NULL, "%s is not in %s", type, answer.body);
    UNTIL(client_gone(&client));
    ck_assert_msg(strstr(client.text + 1, "HTTP/1.1 4") == NULL, "more than one answer: %s", client.text);
    ck_assert_int_eq(test.requests, 0);
    ck_assert_int_eq((int)server_stats(test.server)->rejected_malformed, 1);
    client_close(&client);
}

static void
malformed(const char *text)
{
    refused(text, 400, "\"/problems/malformed-request\"");
}

static char *
post_of_size(size_t size)
{
    char head[256];
    char *text;
    int head_size = snprintf(head, sizeof(head), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", size);

    text = memory_new(1, (size_t)head_size + size + 1);
    memcpy(text, head, (size_t)head_size);
    memset(text + head_size, 'x', size);
    return text;
}

static int
descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static int
log_lines(void)
{
    char text[16 * KB];
    ssize_t size = pread(test.log.fd, text, sizeof(text), 0);
    int lines = 0;

    for (ssize_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

static void
limit_descriptors(rlim_t limit)
{
    struct rlimit limits;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limits), 0);
    limits.rlim_cur = limit;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limits), 0);
}

/* ---- Tests: what the handler sees ---- */

START_TEST(request_is_a_cause_with_an_id_and_a_time)
{
    int64_t before = clock_now_ms(&test.clock);

    start();
    served("GET /orders HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert_int_eq(strncmp(test.seen.id, "request:", 8), 0);
    ck_assert(uuid_is_valid(test.seen.id + 8));
    ck_assert_int_ge(test.seen.received_at, before);
    ck_assert_str_eq(test.seen.method, "GET");
    ck_assert_str_eq(test.seen.path, "/orders");
    ck_assert_str_eq(test.seen.query, "(none)");
    ck_assert_str_eq(test.seen.key, "(none)");
    ck_assert_str_eq(test.seen.traceparent, "(none)");
    ck_assert_int_eq(test.seen.route, -1);
    ck_assert_int_eq(test.seen.wait_ms, 0);
}
END_TEST

START_TEST(path_and_query_are_percent_decoded)
{
    start();
    served("GET /accounts/al%69ce%C3%A9?b=1&a=x%20y+%2B&a=2&c HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert_str_eq(test.seen.path, "/accounts/alice\xc3\xa9");
    ck_assert_str_eq(test.seen.query, "b=1&a=x%20y+%2B&a=2&c");
    ck_assert_str_eq(test.seen.found, "x y +");
    served("GET /?b=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert_str_eq(test.seen.found, "(none)");
    served("GET /?a HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert_str_eq(test.seen.found, "");
    served("GET //double?%61=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert_str_eq(test.seen.path, "//double");
    ck_assert_str_eq(test.seen.found, "1");
}
END_TEST

START_TEST(absolute_form_is_taken_by_its_path)
{
    start();
    served("GET http://shop.example:8081/orders?a=1 HTTP/1.1\r\nHost: shop.example\r\n\r\n");
    ck_assert_str_eq(test.seen.path, "/orders");
    ck_assert_str_eq(test.seen.found, "1");
    served("GET http://shop.example HTTP/1.1\r\nHost: shop.example\r\n\r\n");
    ck_assert_str_eq(test.seen.path, "/");
}
END_TEST

START_TEST(prefer_wait_is_found_among_other_preferences)
{
    static const struct {
        const char *lines;
        int64_t wait_ms;
    } rows[] = {
        { "Prefer: wait=5\r\n", 5000 },
        { "Prefer: respond-async, WAIT = 10 ; x=y\r\n", 10000 },
        { "prefer: respond-async\r\nprefer: wait=\"7\"\r\n", 7000 },
        { "Prefer: wait=100000\r\n", 100000000 },
        { "Prefer: wait=\r\n", 0 },
        { "Prefer: wait=-5\r\n", 0 },
        { "Prefer: wait=5x\r\n", 0 },
        { "Prefer: wait=99999999999999999999\r\n", 0 },
        { "Prefer: waiter=5, await=6, wait\r\n", 0 },
        { "Prefer: ,,wait=3,,\r\n", 3000 },
        { "Prefer: \r\n", 0 },
    };
    char text[256];

    start();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", rows[i].lines);
        served(text);
        ck_assert_msg(test.seen.wait_ms == rows[i].wait_ms, "%s: %ld", rows[i].lines, (long)test.seen.wait_ms);
    }
}
END_TEST

START_TEST(traceparent_is_kept_only_in_its_shape)
{
#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"
    start();
    served("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-" TRACE "-00f067aa0ba902b7-01\r\n\r\n");
    ck_assert_str_eq(test.seen.traceparent, "00-" TRACE "-00f067aa0ba902b7-01");
    served("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 01-" TRACE "-00f067aa0ba902b7-01\r\n\r\n");
    ck_assert_str_eq(test.seen.traceparent, "(none)");
    served("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-" TRACE "-00F067AA0BA902B7-01\r\n\r\n");
    ck_assert_str_eq(test.seen.traceparent, "(none)");
    served("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-" TRACE "-0000000000000000-01\r\n\r\n");
    ck_assert_str_eq(test.seen.traceparent, "(none)");
    served("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-" TRACE "-00f067aa0ba902b7-01-x\r\n\r\n");
    ck_assert_str_eq(test.seen.traceparent, "(none)");
}
END_TEST

START_TEST(idempotency_key_and_json_body_reach_the_handler)
{
    start();
    served("POST /orders HTTP/1.1\r\nHost: a\r\nIdempotency-Key: order 1\r\n"
           "Content-Type: Application/JSON; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}");
    ck_assert_str_eq(test.seen.key, "order 1");
    ck_assert_uint_eq(test.seen.data_size, 2);
    served("POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n[1]");
    ck_assert_uint_eq(test.seen.data_size, 3);
}
END_TEST

START_TEST(every_method_reaches_the_routes)
{
    static const char *const rows[][2] = {
        { "GET", "GET" },         { "POST", "POST" },   { "PUT", "PUT" },      { "DELETE", "DELETE" },
        { "PATCH", "PATCH" },     { "TRACE", "TRACE" }, { "BREW", "UNKNOWN" }, { "PROPFIND", "UNKNOWN" },
        { "OPTIONS", "OPTIONS" },
    };
    char text[128];

    start();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(text, sizeof(text), "%s / HTTP/1.1\r\nHost: a\r\n\r\n", rows[i][0]);
        served(text);
        ck_assert_str_eq(test.seen.method, rows[i][1]);
    }
}
END_TEST

/* ---- Tests: replies ---- */

START_TEST(head_is_get_without_the_body)
{
    struct client client;

    start();
    client = client_open();
    client_say(&client, "HEAD /orders HTTP/1.1\r\nHost: a\r\n\r\n"
                        "GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    UNTIL(client_gone(&client));
    ck_assert_int_eq(test.requests, 2);
    ck_assert_ptr_nonnull(strstr(client.text, "Content-Length: 18\r\n"));
    ck_assert_ptr_null(strstr(client.text, "/orders"));
    ck_assert_ptr_nonnull(strstr(client.text, "{\"path\":\"/next\"}"));
    client_close(&client);
}
END_TEST

START_TEST(reply_carries_its_headers)
{
    const struct reply reply = {
        .status = 201, .body = "{\"order_id\":1} not sent", .size = 14, .location = "/orders/1", .replayed = true,
    };
    const struct reply refusal = {
        .status = 405, .content_type = "text/plain", .body = "no", .allow = "GET, POST", .retry_after_s = 3,
    };
    struct answer answer;
    struct client client;

    start();
    test.answer = &reply;
    client = ask("POST /orders HTTP/1.1\r\nHost: a\r\n\r\n", 201, &answer);
    ck_assert_int_eq(strncmp(answer.headers, "HTTP/1.1 201 Created\r\n", 22), 0);
    ck_assert_ptr_nonnull(strstr(answer.headers, "Content-Type: application/json\r\n"));
    ck_assert_ptr_nonnull(strstr(answer.headers, "Location: /orders/1\r\n"));
    ck_assert_ptr_nonnull(strstr(answer.headers, "Idempotency-Replayed: true\r\n"));
    ck_assert_ptr_null(strstr(answer.headers, "Connection:"));
    ck_assert_str_eq(answer.body, "{\"order_id\":1}");
    test.answer = &refusal;
    client_say(&client, "PUT /orders HTTP/1.1\r\nHost: a\r\n\r\n");
    UNTIL(client_heard(&client, 1, &answer));
    ck_assert_int_eq(strncmp(answer.headers, "HTTP/1.1 405 Method Not Allowed\r\n", 33), 0);
    ck_assert_ptr_nonnull(strstr(answer.headers, "Content-Type: text/plain\r\n"));
    ck_assert_ptr_nonnull(strstr(answer.headers, "Allow: GET, POST\r\n"));
    ck_assert_ptr_nonnull(strstr(answer.headers, "Retry-After: 3\r\n"));
    client_close(&client);
}
END_TEST

START_TEST(reply_without_body_says_so)
{
    const struct reply ok = { .status = 200 }, nothing = { .status = 204 };
    struct answer answer;
    struct client client;

    start();
    test.answer = &ok;
    client = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, &answer);
    ck_assert_ptr_nonnull(strstr(answer.headers, "Content-Length: 0\r\n"));
    ck_assert_ptr_null(strstr(answer.headers, "Content-Type"));
    test.answer = &nothing;
    client_say(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    UNTIL(client_heard(&client, 1, &answer));
    ck_assert_int_eq(answer.status, 204);
    ck_assert_ptr_null(strstr(answer.headers, "Content-Length"));
    client_close(&client);
}
END_TEST

START_TEST(held_reply_is_a_copy_and_the_last_one_counts)
{
    char body[] = "first";
    struct reply reply = { .status = 200, .body = body };
    struct answer answer;
    struct client client;

    start();
    test.hold = true;
    client = client_open();
    client_say(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    UNTIL(test.held != NULL);
    exchange_hold(test.held, &reply);
    strcpy(body, "later");
    reply.status = 409;
    exchange_hold(test.held, &reply);
    strcpy(body, "never");
    exchange_hold(test.held, &test.held->held);
    exchange_send(test.held);
    UNTIL(client_heard(&client, 0, &answer));
    ck_assert_int_eq(answer.status, 409);
    ck_assert_str_eq(answer.body, "later");
    client_close(&client);
}
END_TEST

START_TEST(http_1_0_is_served_and_closed_unless_kept)
{
    struct answer answer;
    struct client client;

    start();
    client = ask("GET / HTTP/1.0\r\n\r\n", 200, &answer);
    UNTIL(client_gone(&client));
    client_close(&client);
    client = ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, &answer);
    client_say(&client, "GET / HTTP/1.0\r\n\r\n");
    UNTIL(client_gone(&client));
    ck_assert_int_eq(test.requests, 3);
    client_close(&client);
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order_when_the_first_is_held)
{
    static const char *const paths[] = { "{\"path\":\"/1\"}", "{\"path\":\"/2\"}", "{\"path\":\"/3\"}" };
    struct answer answer;
    struct client client;

    start();
    test.hold = true;
    client = client_open();
    client_say(&client, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
                        "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
    UNTIL(test.held != NULL);
    turns(20);
    ck_assert_int_eq(test.requests, 1);
    test.hold = false;
    exchange_send(test.held);
    for (int i = 0; i < 3; i++) {
        UNTIL(client_heard(&client, i, &answer));
        ck_assert_int_eq(strncmp(answer.body, paths[i], strlen(paths[i])), 0);
    }
    client_close(&client);
}
END_TEST

START_TEST(client_that_left_before_the_reply_does_no_harm)
{
    struct client client;

    start();
    test.hold = true;
    client = client_open();
    client_say(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    UNTIL(test.held != NULL);
    client_close(&client);
    turns(10);
    exchange_send(test.held);
    UNTIL(server_stats(test.server)->connections == 0);
    test.hold = false;
    served("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
}
END_TEST

START_TEST(client_that_only_stopped_sending_gets_its_reply)
{
    struct answer answer;
    struct client client;

    start();
    test.hold = true;
    client = client_open();
    client_say(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert_int_eq(shutdown(client.fd, SHUT_WR), 0);
    UNTIL(test.held != NULL);
    turns(10);
    exchange_send(test.held);
    UNTIL(client_heard(&client, 0, &answer));
    UNTIL(client_gone(&client));
    client_close(&client);
}
END_TEST

START_TEST(large_reply_reaches_a_slow_reader_whole)
{
    enum { SIZE = 2 * KB * KB };
    char *body = memory_new(1, SIZE + 1);
    struct reply reply = { .status = 200, .body = body };
    struct answer answer;
    struct client client;

    memset(body, 'y', SIZE);
    start();
    test.answer = &reply;
    client = client_open();
    client_say(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    UNTIL(test.requests == 1);
    turns(20);
    UNTIL(client_heard(&client, 0, &answer));
    ck_assert_uint_eq(answer.size, SIZE);
    client_close(&client);
    free(body);
}
END_TEST

START_TEST(reply_after_drain_closes_and_no_one_new_is_let_in)
{
    struct answer answer;
    struct client client, idle;
    int fd;

    start();
    idle = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, &answer);
    test.hold = true;
    client = client_open();
    client_say(&client, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    UNTIL(test.held != NULL);
    server_drain(test.server);
    server_drain(test.server);
    ck_assert_int_eq(server_replying(test.server), 0);
    exchange_send(test.held);
    ck_assert_int_eq(server_replying(test.server), 1);      /* the loop has yet to write it */
    UNTIL(client_gone(&client));
    ck_assert_int_eq(server_replying(test.server), 0);
    ck_assert(client_heard(&client, 0, &answer));
    ck_assert_ptr_nonnull(strstr(answer.headers, "Connection: close\r\n"));
    ck_assert_ptr_null(strstr(answer.headers, "keep-alive"));
    test.hold = false;
    client_say(&idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    UNTIL(client_gone(&idle));
    ck_assert(client_heard(&idle, 1, &answer));
    ck_assert_int_ne(try_connect(&fd), 0);
    close(fd);
    client_close(&client);
    client_close(&idle);
}
END_TEST

/* ---- Tests: refusals ---- */

#define MALFORMED "\"/problems/malformed-request\""
#define UNSUPPORTED "\"/problems/unsupported-media-type\""

static const struct {
    const char *sentence;
    const char *request;
    int status;
    const char *type;       /* of the problem */
} refusals[] = {
    { "request_without_host_is_refused", "GET / HTTP/1.1\r\n\r\n", 400, MALFORMED },
    { "two_hosts_are_refused", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "two_content_lengths_are_refused_also_when_equal",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\n{}", 400, MALFORMED },
    { "content_length_with_a_sign_is_refused",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\n{}", 400, MALFORMED },
    { "content_length_that_is_no_number_is_refused",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\n{}", 400, MALFORMED },
    { "negative_content_length_is_refused", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -2\r\n\r\n{}", 400, MALFORMED },
    { "content_length_with_transfer_encoding_is_refused",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
      400, MALFORMED },
    { "chunked_body_is_refused",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400, MALFORMED },
    { "any_transfer_encoding_is_refused",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 400, MALFORMED },
    { "header_name_with_a_blank_is_refused",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", 400, MALFORMED },
    { "body_that_is_not_json_by_its_type_is_refused",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/json\r\nContent-Length: 2\r\n\r\n{}", 415, UNSUPPORTED },
    { "body_whose_type_only_begins_like_json_is_refused",
      "PUT / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json-patch+json\r\nContent-Length: 2\r\n\r\n{}", 415,
      UNSUPPORTED },
    { "target_that_is_no_absolute_path_is_refused", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "relative_target_is_refused", "GET orders HTTP/1.1\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "connect_is_refused_and_closed", "CONNECT example.com:80 HTTP/1.1\r\nHost: example.com\r\n\r\n", 400, MALFORMED },
    { "connect_of_another_version_has_one_answer", "CONNECT a:1 HTTP/101\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "target_with_a_blank_is_refused", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "target_with_a_raw_byte_above_ascii_is_refused", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "target_with_a_fragment_is_refused", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "malformed_percent_encoding_is_refused", "GET /a%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "percent_encoding_that_is_not_hex_is_refused", "GET /a%4g HTTP/1.1\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "percent_encoded_nul_is_refused", "GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "percent_encoding_that_is_not_utf8_is_refused", "GET /a%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "malformed_percent_encoding_in_the_query_is_refused", "GET /?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "key_that_is_not_printable_ascii_is_refused",
      "POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: a\tb\r\n\r\n", 400, MALFORMED },
    { "key_above_ascii_is_refused", "POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: \xc3\xa9\r\n\r\n", 400, MALFORMED },
    { "empty_key_is_refused", "POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key:\r\n\r\n", 400, MALFORMED },
    { "two_keys_are_refused",
      "POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: a\r\nIdempotency-Key: a\r\n\r\n", 400, MALFORMED },
    { "body_that_is_not_utf8_is_refused",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n{\"\xff}", 400, "\"/problems/malformed-json\"" },
    { "other_versions_of_http_are_refused", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "version_0_9_is_refused", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 400, MALFORMED },
    { "noise_is_refused", "\x16\x03\x01 this is not HTTP at all\r\n\r\n", 400, MALFORMED },
};

START_TEST(each_of_these_is_refused)
{
    start();
    refused(refusals[_i].request, refusals[_i].status, refusals[_i].type);
}
END_TEST

START_TEST(key_of_255_characters_passes_and_of_256_is_refused)
{
    char text[512];

    start();
    snprintf(text, sizeof(text), "POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: %0255d\r\n\r\n", 1);
    served(text);
    test.requests = 0;
    snprintf(text, sizeof(text), "POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: %0256d\r\n\r\n", 1);
    malformed(text);
}
END_TEST

START_TEST(body_after_head_is_refused_not_read_as_a_request)
{
    struct client client;

    start();
    client = client_open();
    client_say(&client, "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 37\r\n\r\n"
                        "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    UNTIL(client_gone(&client));
    ck_assert_int_eq(strncmp(client.text, "HTTP/1.1 400 Bad Request\r\n", 26), 0);
    ck_assert_int_eq(test.requests, 0);
    client_close(&client);
}
END_TEST

START_TEST(body_with_a_nul_byte_is_refused)
{
    static const char text[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n{ \0}";
    struct client client;
    struct answer answer;

    start();
    client = client_open();
    client_send(&client, text, sizeof(text) - 1);
    UNTIL(client_heard(&client, 0, &answer));
    ck_assert_int_eq(answer.status, 400);
    ck_assert_ptr_nonnull(strstr(answer.body, "\"/problems/malformed-json\""));
    ck_assert_int_eq(test.requests, 0);
    client_close(&client);
}
END_TEST

/* ---- Tests: limits ---- */

START_TEST(without_the_token_a_request_reaches_nobody)
{
    static const struct token token = { "hunter2" };
    static const char *const open_paths[] = { "/healthz", NULL };
    struct answer answer;
    struct client client;

    test.options.token = &token;
    test.options.open_paths = open_paths;
    start();
    refused("GET /orders HTTP/1.1\r\nHost: a\r\n\r\n", 401, "\"/problems/unauthorized\"");
    /* It is asked for before key and body, which are wrong here, and once: two headers are none. */
    client = ask("POST /orders HTTP/1.1\r\nHost: a\r\nIdempotency-Key:\r\nContent-Length: 1\r\n\r\n\xff", 401, &answer);
    ck_assert_ptr_nonnull(strstr(answer.headers, "WWW-Authenticate: Bearer\r\n"));
    client_close(&client);
    client = ask("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer hunter2\r\nAuthorization: Bearer hunter2\r\n\r\n", 401,
                 &answer);
    client_close(&client);
    client = ask("GET /healthz/ HTTP/1.1\r\nHost: a\r\n\r\n", 401, &answer);
    client_close(&client);
    ck_assert_int_eq(test.requests, 0);
    ck_assert_int_eq((int)server_stats(test.server)->unauthorized, 4);
    served("GET /orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer hunter2\r\n\r\n");
    served("GET /healthz?x HTTP/1.1\r\nHost: a\r\n\r\n");
}
END_TEST

START_TEST(body_of_64_kb_passes)
{
    char *text = post_of_size(64 * KB);

    start();
    served(text);
    ck_assert_uint_eq(test.seen.data_size, 64 * KB);
    free(text);
}
END_TEST

START_TEST(body_of_64_kb_and_one_byte_is_too_large)
{
    char *text = post_of_size(64 * KB + 1);

    start();
    refused(text, 413, "\"/problems/body-too-large\"");
    free(text);
}
END_TEST

START_TEST(body_of_4_mb_is_too_large)
{
    char *text = post_of_size(4 * KB * KB);

    start();
    refused(text, 413, "\"/problems/body-too-large\"");
    free(text);
}
END_TEST

START_TEST(one_huge_header_is_refused)
{
    char text[30 * KB];

    snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\nCookie: %020000d\r\n\r\n", 0);
    start();
    malformed(text);
}
END_TEST

START_TEST(header_line_without_end_is_refused)
{
    char text[200 * KB];

    memset(text, 'c', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    start();
    malformed(text);
}
END_TEST

START_TEST(thousands_of_headers_are_refused)
{
    char text[64 * KB];
    int size = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n");

    for (int i = 0; i < 5000; i++)
        size += snprintf(text + size, sizeof(text) - (size_t)size, "a: %d\r\n", i);
    snprintf(text + size, sizeof(text) - (size_t)size, "\r\n");
    start();
    malformed(text);
}
END_TEST

START_TEST(client_that_expects_100_continue_is_told_to_go_on)
{
    struct answer answer;
    struct client client;

    start();
    client = client_open();
    client_say(&client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    UNTIL(client_heard(&client, 0, &answer));
    ck_assert_int_eq(answer.status, 100);
    client_say(&client, "{}");
    UNTIL(client_heard(&client, 1, &answer));
    ck_assert_int_eq(answer.status, 200);
    ck_assert_int_eq((int)server_stats(test.server)->rejected_malformed, 0);
    client_close(&client);
}
END_TEST

START_TEST(slow_sender_is_cut_at_the_deadline_while_another_is_served)
{
    struct client slow, other;
    struct answer answer;
    int64_t began;
    int heard = 0;

    test.options.request_timeout_ms = 300;
    start();
    slow = client_open();
    other = client_open();
    client_say(&slow, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    began = now_ms();
    while (!client_gone(&slow)) {
        client_say(&slow, "x");         /* no read is ever late */
        client_say(&other, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        UNTIL(client_heard(&other, heard, &answer));
        heard++;
        ck_assert_int_lt(now_ms() - began, PATIENCE_MS);
    }
    ck_assert_int_ge(now_ms() - began, 290);
    ck_assert(client_heard(&slow, 0, &answer));
    ck_assert_int_eq(answer.status, 408);
    ck_assert_ptr_nonnull(strstr(answer.body, "\"/problems/request-timeout\""));
    ck_assert_int_ge(heard, 1);
    ck_assert_int_eq((int)server_stats(test.server)->timed_out, 1);
    client_say(&other, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    UNTIL(client_heard(&other, heard, &answer));
    client_close(&slow);
    client_close(&other);
}
END_TEST

START_TEST(half_a_pipelined_request_has_a_deadline_too)
{
    struct client client;
    struct answer answer;

    test.options.request_timeout_ms = 200;
    start();
    client = client_open();
    client_say(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n{");
    UNTIL(client_gone(&client));
    ck_assert(client_heard(&client, 1, &answer));
    ck_assert_int_eq(answer.status, 408);
    ck_assert_int_eq(test.requests, 1);
    client_close(&client);
}
END_TEST

START_TEST(held_request_has_no_deadline)
{
    struct client client;
    struct answer answer;
    int64_t end;

    test.options.request_timeout_ms = test.options.idle_timeout_ms = 100;
    start();
    test.hold = true;
    client = client_open();
    client_say(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    UNTIL(test.held != NULL);
    end = now_ms() + 400;
    UNTIL(now_ms() >= end);
    ck_assert(!client_gone(&client));
    exchange_send(test.held);
    UNTIL(client_heard(&client, 0, &answer));
    client_close(&client);
}
END_TEST

START_TEST(idle_connection_is_closed_without_a_word)
{
    struct client silent, kept;
    struct answer answer;

    test.options.idle_timeout_ms = 100;
    start();
    silent = client_open();
    kept = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, &answer);
    UNTIL(client_gone(&silent) && client_gone(&kept));
    ck_assert_uint_eq(silent.size, 0);
    ck_assert(!client_heard(&kept, 1, &answer));
    ck_assert_int_eq(server_stats(test.server)->connections, 0);
    ck_assert_int_eq((int)server_stats(test.server)->timed_out, 0);
    client_close(&silent);
    client_close(&kept);
}
END_TEST

START_TEST(reader_that_does_not_read_is_dropped)
{
    enum { SIZE = 32 * KB * KB };
    char *body = memory_new(1, SIZE + 1);
    struct reply reply = { .status = 200, .body = body };
    struct client client;

    memset(body, 'y', SIZE);
    test.options.idle_timeout_ms = 200;
    start();
    test.answer = &reply;
    client = client_open();
    client_say(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    UNTIL(test.requests == 1);
    UNTIL(server_stats(test.server)->connections == 0);
    client_close(&client);
    free(body);
}
END_TEST

START_TEST(at_the_cap_newcomers_wait_until_one_leaves)
{
    enum { CLIENTS = 10, CAP = 3 };
    struct client clients[CLIENTS];
    struct answer answer;

    test.options.max_connections = CAP;
    start();
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = client_open();
        ck_assert_int_gt(send(clients[i].fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, MSG_NOSIGNAL), 0);
    }
    for (int i = 0; i < CAP; i++)
        UNTIL(client_heard(&clients[i], 0, &answer));
    turns(30);
    ck_assert_int_eq(server_stats(test.server)->connections, CAP);
    ck_assert_int_eq((int)server_stats(test.server)->accepted, CAP);
    for (int i = CAP; i < CLIENTS; i++) {
        ck_assert(!client_heard(&clients[i], 0, &answer));
        client_close(&clients[i - CAP]);
        UNTIL(client_heard(&clients[i], 0, &answer));
        ck_assert_int_le(server_stats(test.server)->connections, CAP);
    }
    for (int i = CLIENTS - CAP; i < CLIENTS; i++)
        client_close(&clients[i]);
    UNTIL(server_stats(test.server)->connections == 0);
}
END_TEST

START_TEST(at_the_cap_who_says_nothing_makes_room_sooner)
{
    enum { CAP = 3 };
    struct client silent[CAP], other;
    struct answer answer;
    int64_t began;

    test.options.max_connections = CAP;
    test.options.idle_timeout_ms = 4000;
    start();
    began = now_ms();
    for (int i = 0; i < CAP; i++)
        silent[i] = client_open();
    UNTIL(server_stats(test.server)->connections == CAP);
    other = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, &answer);
    ck_assert_int_ge(now_ms() - began, 400);
    ck_assert_int_lt(now_ms() - began, 4000);
    for (int i = 0; i < CAP; i++) {
        UNTIL(client_gone(&silent[i]));
        client_close(&silent[i]);
    }
    client_close(&other);
}
END_TEST

START_TEST(server_survives_having_no_descriptors)
{
    enum { CLIENTS = 5 };
    struct client clients[CLIENTS];
    struct answer answer;
    struct rlimit limits;
    int64_t end;
    int lowest_free;

    test.options.idle_timeout_ms = 400;     /* a tick of 100 ms */
    start();
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = client_open();
        ck_assert_int_gt(send(clients[i].fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, MSG_NOSIGNAL), 0);
    }
    lowest_free = dup(0);
    close(lowest_free);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limits), 0);
    limit_descriptors((rlim_t)lowest_free);
    UNTIL(server_stats(test.server)->accept_errors >= 1);
    end = now_ms() + 350;
    UNTIL(now_ms() >= end);
    ck_assert_int_le((int)server_stats(test.server)->accept_errors, 6);
    ck_assert_int_eq(log_lines(), 1);
    limit_descriptors(limits.rlim_cur);
    for (int i = 0; i < CLIENTS; i++)
        UNTIL(client_heard(&clients[i], 0, &answer));
    ck_assert_int_eq(log_lines(), 1);
    for (int i = 0; i < CLIENTS; i++)
        client_close(&clients[i]);
}
END_TEST

/* ---- Tests: life and death ---- */

START_TEST(half_a_request_then_close_leaves_nothing)
{
    static const char *const halves[] = {
        "", "G", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{",
    };

    start();
    for (size_t i = 0; i < sizeof(halves) / sizeof(halves[0]); i++) {
        struct client client = client_open();

        client_say(&client, halves[i]);
        UNTIL(server_stats(test.server)->accepted == i + 1);
        client_close(&client);
        UNTIL(server_stats(test.server)->connections == 0);
    }
    ck_assert_int_eq(test.requests, 0);
}
END_TEST

START_TEST(thousands_of_short_connections_leave_no_descriptors)
{
    enum { CONNECTIONS = 2000 };
    int before;

    start();
    served("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    UNTIL(server_stats(test.server)->connections == 0);
    before = descriptors();
    for (int i = 0; i < CONNECTIONS; i++) {
        struct client client = client_open();
        struct answer answer;

        if (i % 4 != 0) {
            client_say(&client, i % 4 == 1 ? "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                                : i % 4 == 2 ? "GET / HTTP/1.1\r\nHost: a\r\n\r\n" : "nonsense\r\n\r\n");
            UNTIL(client_heard(&client, 0, &answer));
        }
        client_close(&client);
    }
    UNTIL(server_stats(test.server)->accepted == CONNECTIONS + 1 && server_stats(test.server)->connections == 0);
    turns(3);
    ck_assert_int_eq(descriptors(), before);
}
END_TEST

START_TEST(server_with_unanswered_requests_can_be_freed)
{
    struct client clients[3];
    int before = descriptors();

    start();
    test.hold = true;
    for (int i = 0; i < 3; i++) {
        clients[i] = client_open();
        client_say(&clients[i], "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
    }
    UNTIL(test.requests == 3);
    client_close(&clients[0]);
    turns(5);
    server_free(test.server);
    test.server = NULL;
    client_close(&clients[1]);
    client_close(&clients[2]);
    ck_assert_int_eq(descriptors(), before);
}
END_TEST

START_TEST(server_can_be_freed_while_a_newcomer_is_being_accepted)
{
    struct client client;

    start();
    client = client_open();
    turn();
    server_free(test.server);
    test.server = NULL;
    UNTIL(client_gone(&client));
    client_close(&client);
}
END_TEST

START_TEST(address_in_use_is_reported_with_a_cure)
{
    struct server_options options = test.options;
    struct server_handler handler = { .on_request = on_request, .context = &test };
    struct server *second;
    char *error = NULL;

    start();
    options.port = server_port(test.server);
    second = server_new(test.base, &test.log, &test.clock, &test.ids, &options, handler, &error);
    ck_assert_ptr_null(second);
    ck_assert_ptr_nonnull(strstr(error, "another program listens there"));
    free(error);
    options.address = "localhost";
    second = server_new(test.base, &test.log, &test.clock, &test.ids, &options, handler, &error);
    ck_assert_ptr_null(second);
    ck_assert_ptr_nonnull(strstr(error, "not an IPv4 or IPv6 address"));
    free(error);
}
END_TEST

START_TEST(two_servers_share_a_loop)
{
    struct server *first;

    start();
    first = test.server;
    test.server = NULL;
    start();
    served("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ck_assert_int_eq((int)server_stats(first)->accepted, 0);
    server_free(first);
    served("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
}
END_TEST

static Suite *
server_suite(void)
{
    const TTest *const tests[] = {
        request_is_a_cause_with_an_id_and_a_time,
        path_and_query_are_percent_decoded,
        absolute_form_is_taken_by_its_path,
        prefer_wait_is_found_among_other_preferences,
        traceparent_is_kept_only_in_its_shape,
        idempotency_key_and_json_body_reach_the_handler,
        every_method_reaches_the_routes,
        head_is_get_without_the_body,
        reply_carries_its_headers,
        reply_without_body_says_so,
        held_reply_is_a_copy_and_the_last_one_counts,
        http_1_0_is_served_and_closed_unless_kept,
        pipelined_requests_are_answered_in_order_when_the_first_is_held,
        client_that_left_before_the_reply_does_no_harm,
        client_that_only_stopped_sending_gets_its_reply,
        large_reply_reaches_a_slow_reader_whole,
        reply_after_drain_closes_and_no_one_new_is_let_in,
        key_of_255_characters_passes_and_of_256_is_refused,
        body_after_head_is_refused_not_read_as_a_request,
        body_with_a_nul_byte_is_refused,
        body_of_64_kb_passes,
        body_of_64_kb_and_one_byte_is_too_large,
        body_of_4_mb_is_too_large,
        one_huge_header_is_refused,
        without_the_token_a_request_reaches_nobody,
        header_line_without_end_is_refused,
        thousands_of_headers_are_refused,
        client_that_expects_100_continue_is_told_to_go_on,
        slow_sender_is_cut_at_the_deadline_while_another_is_served,
        half_a_pipelined_request_has_a_deadline_too,
        held_request_has_no_deadline,
        idle_connection_is_closed_without_a_word,
        reader_that_does_not_read_is_dropped,
        at_the_cap_newcomers_wait_until_one_leaves,
        at_the_cap_who_says_nothing_makes_room_sooner,
        server_survives_having_no_descriptors,
        half_a_request_then_close_leaves_nothing,
        thousands_of_short_connections_leave_no_descriptors,
        server_with_unanswered_requests_can_be_freed,
        server_can_be_freed_while_a_newcomer_is_being_accepted,
        address_in_use_is_reported_with_a_cure,
        two_servers_share_a_loop,
    };
    Suite *suite = suite_create("server");
    TCase *tcase = tcase_create("server");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, each_of_these_is_refused, 0, (int)(sizeof(refusals) / sizeof(refusals[0])));
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(server_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
