/* A reply without an end, over a real connection: server and client share one process and one loop. */
#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/base/uuid.h"
#include "../../common/http/server.h"
#include "../../common/http/stream.h"

#include <arpa/inet.h>
#include <check.h>
#include <event2/event.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { KB = 1024, PAGE = 128 * KB, TURNS_AT_MOST = 20000 };

/* ---- Fixture ---- */

static struct {
    struct event_base *base;
    struct event *pulse;            /* ends every turn of the loop within 1 ms */
    struct clock clock;
    struct log log;
    struct uuid_source ids;
    struct server *server;
    struct exchange *stream;        /* NULL: nobody listens yet */
    int client;
} test;

static void
on_request(void *context, struct exchange *exchange)
{
    (void)context;
    ck_assert(stream_begin(exchange));
    test.stream = exchange;
}

static void
on_pulse(int fd, short what, void *context)
{
    (void)fd, (void)what, (void)context;
}

static void
set_up(void)
{
    struct timeval interval = { .tv_usec = 1000 };
    struct server_options options = { .address = "127.0.0.1", .max_connections = 10, .max_header_bytes = 8 * KB,
                                      .max_body_bytes = 64 * KB, .request_timeout_ms = 10000, .idle_timeout_ms = 10000 };
    char *error = NULL;

    memset(&test, 0, sizeof(test));
    test.base = event_base_new();
    test.pulse = event_new(test.base, -1, EV_PERSIST, on_pulse, NULL);
    event_add(test.pulse, &interval);
    test.clock = clock_real();
    test.log = (struct log){ .service = "test", .clock = &test.clock, .fd = memfd_create("log", MFD_CLOEXEC) };
    uuid_source_seeded(&test.ids, 1);
    test.server = server_new(test.base, &test.log, &test.clock, &test.ids, &options,
                             (struct server_handler){ .on_request = on_request }, &error);
    ck_assert_msg(test.server != NULL, "%s", error);
}

static void
tear_down(void)
{
    close(test.client);
    server_free(test.server);
    event_free(test.pulse);
    event_base_free(test.base);
    close(test.log.fd);
}

/* ---- Helpers ---- */

/* One turn of the loop; what has come by then, read. */
static size_t
turn(void)
{
    static char bytes[4 * PAGE];
    ssize_t got;

    event_base_loop(test.base, EVLOOP_ONCE);
    got = recv(test.client, bytes, sizeof(bytes), MSG_DONTWAIT);
    return got > 0 ? (size_t)got : 0;
}

static void
listen_to_it(void)
{
    static const char get[] = "GET /events HTTP/1.0\r\nHost: x\r\n\r\n";
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons((uint16_t)server_port(test.server)) };

    test.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(test.client, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq((int)send(test.client, get, strlen(get), 0), (int)strlen(get));
    for (int i = 0; i < TURNS_AT_MOST && (test.stream == NULL || stream_waiting(test.stream) != 0); i++)
        turn();
    ck_assert_ptr_nonnull(test.stream);
    for (int i = 0; i < 3; i++)
        turn();
}

/* ---- Tests ---- */

/* Turns are long when the service is busy: a reader who reads must not fall behind for that. */
START_TEST(a_page_takes_few_turns_of_the_loop)
{
    static char page[PAGE];
    size_t got = 0;
    int turns = 0;

    listen_to_it();
    memset(page, ':', sizeof(page));
    stream_send(test.stream, page, sizeof(page));
    for (; got < sizeof(page) && turns < TURNS_AT_MOST; turns++)
        got += turn();
    ck_assert_uint_eq(got, sizeof(page));
    ck_assert_int_lt(turns, PAGE / (16 * KB));      /* libevent's own step */
    stream_end(test.stream);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("stream");
    TCase *tcase = tcase_create("stream");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_page_takes_few_turns_of_the_loop);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
