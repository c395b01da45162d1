#include "floor.h"

#include "../../common/base/clock.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SYNCS = 300 };

int64_t
floor_now_us(void)
{
    struct clock clock = clock_real();

    return clock_monotonic_us(&clock);
}

int64_t
floor_usage_us(const struct rusage *usage)
{
    return usage->ru_utime.tv_sec * 1000000 + usage->ru_utime.tv_usec + usage->ru_stime.tv_sec * 1000000
           + usage->ru_stime.tv_usec;
}

static int
compare(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

void
floor_print_median(const char *name, int64_t *values, int count)
{
    qsort(values, (size_t)count, sizeof(*values), compare);
    printf("%s_us=%lld\n", name, (long long)values[count / 2]);
}

void
floor_sync(const char *folder)
{
    char path[4096], page[4096] = { 1 };
    int64_t took[SYNCS];
    int fd;

    snprintf(path, sizeof(path), "%.4000s/sync", folder);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        err(1, "%s", path);
    for (int i = 0; i < SYNCS; i++) {
        int64_t start = floor_now_us();

        if (pwrite(fd, page, sizeof(page), (off_t)i * (off_t)sizeof(page)) != sizeof(page) || fdatasync(fd) != 0)
            err(1, "%s", path);
        took[i] = floor_now_us() - start;
    }
    close(fd);
    unlink(path);
    floor_print_median("t_fsync", took, SYNCS);

    print_median("t_fsync", took, SYNCS);
}

/* ---- one hop ---- */

static rd_kafka_t *
connect_kafka(rd_kafka_type_t type, const char *brokers)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[256];
    rd_kafka_t *handle;

    rd_kafka_conf_set(conf, "bootstrap.servers", brokers, NULL, 0);
    rd_kafka_conf_set(conf, "group.id", "floor", NULL, 0);
    rd_kafka_conf_set(conf, "linger.ms", "0", NULL, 0);
    rd_kafka_conf_set(conf, "fetch.wait.max.ms", "5", NULL, 0);
    rd_kafka_conf_set(conf, "socket.nagle.disable", "true", NULL, 0);
    handle = rd_kafka_new(type, conf, text, sizeof(text));
    if (handle == NULL)
        errx(1, "%s", text);
    return handle;
}

static void
await_record(rd_kafka_t *consumer, char wanted)
{
    for (int64_t deadline = now_us() + 10000000; now_us() < deadline;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        bool found = message != NULL && message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->len == 1
                     && *(char *)message->payload == wanted;

        if (message != NULL)
            rd_kafka_message_destroy(message);
        if (found)
            return;
    }
    errx(1, "a record did not come back within 10 s: does the topic exist?");
}

static void
measure_hop(const char *brokers, const char *topic)
{
    rd_kafka_t *producer = connect_kafka(RD_KAFKA_PRODUCER, brokers);
    rd_kafka_t *consumer = connect_kafka(RD_KAFKA_CONSUMER, brokers);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_t *handle = rd_kafka_topic_new(producer, topic, NULL);
    int64_t took[HOPS] = { 0 };

    rd_kafka_topic_partition_list_add(list, topic, 0)->offset = 0;
    rd_kafka_assign(consumer, list);
    for (int i = -20; i < HOPS; i++) {      /* the first ones only warm up */
        char value = (char)('a' + (i + 20) % 26);
        int64_t start = now_us();

        rd_kafka_produce(handle, 0, RD_KAFKA_MSG_F_COPY, &value, 1, NULL, 0, NULL);
        await_record(consumer, value);
        rd_kafka_poll(producer, 0);
        if (i >= 0)
            took[i] = now_us() - start;
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_flush(producer, 1000);
    rd_kafka_topic_destroy(handle);
    rd_kafka_destroy(producer);
    rd_kafka_destroy_flags(consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    print_median("t_hop", took, HOPS);
}

/* ---- bare evhttp ---- */

static void
answer(struct evhttp_request *request, void *context)
{
    struct evbuffer *body = evhttp_request_get_output_buffer(request);

    (void)context;
    evbuffer_add_printf(body, "{\"order_id\":\"01a2041f-c8bc-725b-8a90-ed0dfb9680de\",\"status\":\"CREATED\"%0200d}", 0);
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "application/json");
    evhttp_send_reply(request, 201, "Created", body);
}

/* Listens, and becomes the server in a child process. */
static pid_t
start_server(int *port)
{
    struct event_base *base = event_base_new();
    struct evhttp *http = evhttp_new(base);
    struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    pid_t pid;

    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size);
    *port = ntohs(address.sin_port);
    pid = fork();
    if (pid == 0) {
        event_reinit(base);
        evhttp_set_gencb(http, answer, NULL);
        event_base_dispatch(base);
        _exit(0);
    }
    evhttp_free(http);
    event_base_free(base);
    return pid;
}

static int
connect_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        err(1, "connect");
    return fd;
}

static void
measure_http(void)
{
    static const char request[] =
        "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 97\r\n\r\n"
        "{\"customer_id\":\"alice\",\"currency\":\"EUR\",\"items\":[{\"sku\":\"b\",\"quantity\":2,\"unit_price\":12500000}]}";
    struct pollfd fds[CONNECTIONS];
    int port, status, answers = 0;
    pid_t server = start_server(&port);
    struct rusage usage;
    char buffer[4096];
    int64_t start = now_us();

    for (int i = 0; i < CONNECTIONS; i++) {
        fds[i] = (struct pollfd){ .fd = connect_to(port), .events = POLLIN };
        if (write(fds[i].fd, request, sizeof(request) - 1) < 0)
            err(1, "write");
    }
    while (now_us() - start < HTTP_US && poll(fds, CONNECTIONS, 1000) > 0)
        for (int i = 0; i < CONNECTIONS; i++)
            if (fds[i].revents != 0 && read(fds[i].fd, buffer, sizeof(buffer)) > 0) {
                answers++;
                if (write(fds[i].fd, request, sizeof(request) - 1) < 0)
                    err(1, "write");
            }
    kill(server, SIGKILL);
    wait4(server, &status, 0, &usage);
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i].fd);
    printf("bare_http_cpu_us=%.1f\n",
           (double)(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_sec * 1000000
                    + usage.ru_stime.tv_usec) / (answers > 0 ? answers : 1));
    printf("bare_http_rate=%lld\n", (long long)answers * 1000000 / HTTP_US);
}

/* ---- bare statements ---- */

struct bare {
    struct core core;
    struct uuid_source ids;
    int64_t said;         /* outbox rows up to here were handed on */
};

static void
open_bare(struct bare *bare, const struct service *service, const void *settings, const char *folder,
          const struct log *log)
{
    struct meta meta = { service->name, 0, 1, 12, "" };
    char path[4096], *error;

    snprintf(path, sizeof(path), "%.3900s/%s.db", folder, service->name);
    bare->core.db = db_open(path, log, &error);
    if (bare->core.db == NULL || meta_open(bare->core.db, &meta, service->schema, &error) != 0)
        errx(1, "%s", error);
    uuid_source_random(&bare->ids);
    *db_context(bare->core.db) =
        (struct db_context){ .settings = settings, .ids = &bare->ids, .source = service->source, .shard = { 0, 1, 12 } };
    bare->core.service = service;
    bare->core.log = log;
    bare->core.group = group_new(bare->core.db, log->clock);
}

static void
request(struct bare *bare, const char *method, const char *path, const char *body, const char *key, struct arena *arena)
{
    const char *param = NULL, *allow;
    const struct route *route = service_route(bare->core.service, method, path, arena, &param, &allow);
    char id[UUID_TEXT];
    struct request in = { .method = method, .path = path, .param = param, .idempotency_key = key, .arena = arena };

    uuid_new(&bare->ids, clock_now_ms(bare->core.log->clock), id);
    in.in = (struct envelope){ .id = arena_format(arena, "request:%s", id), .data = body, .data_size = strlen(body),
                               .received_at = clock_now_ms(bare->core.log->clock) };
    if (core_request(&bare->core, route, &in).status >= 400)
        errx(1, "%s %s was refused", method, path);
}

static bool
hear(void *context, int64_t seq, const struct envelope *out)
{
    struct bare *listeners[3], **listener = listeners;
    struct envelope in = *out;

    (void)seq;
    memcpy(listeners, context, sizeof(listeners));
    in.received_at = out->time;
    for (; *listener != NULL; listener++)
        core_react(&(*listener)->core, &in);
    return true;
}

/* What `speaker` has said is heard by the others, each in one turn. */
static void
hand_on(struct bare *speaker, struct bare *one, struct bare *other)
{
    struct bare *listeners[3] = { one, other, NULL };
    int64_t last = outbox_last_seq(speaker->core.db);

    outbox_read(speaker->core.db, speaker->said, 100000, hear, listeners);
    speaker->said = last;
    relay_cursor_store(speaker->core.db, last);
    group_commit(one->core.group);
    if (other != NULL)
        group_commit(other->core.group);
}

static int64_t
cpu_us(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_sec * 1000000
           + usage.ru_stime.tv_usec;
}

static void
take_orders(struct bare *order, struct arena *arena)
{
    for (int i = 0; i < ORDERS_A_GROUP; i++) {
        char key[UUID_TEXT];

        uuid_new(&order->ids, 1, key);
        request(order, "POST", "/orders",
                "{\"customer_id\":\"alice\",\"currency\":\"EUR\",\"items\":[{\"sku\":\"book\",\"quantity\":2,\"unit_price\":1250}]}",
                key, arena);
        arena_reset(arena);
    }
    group_commit(order->core.group);
}

static void
measure_statements(const char *folder)
{
    struct clock clock = clock_real();
    struct log log = { .service = "floor", .clock = &clock, .level = LOG_ERROR, .fd = STDERR_FILENO };
    struct order_settings order_settings = { .pay_within_s = 900 };
    struct settings payment_settings = { .partitions = 12 };
    struct notify_settings notify_settings = { .channel = "console" };
    struct bare order = { .said = 0 }, payment = { .said = 0 }, notify = { .said = 0 };
    struct arena arena;
    int64_t cpu;

    db_use_one_thread();
    arena_init(&arena);
    open_bare(&order, &order_service, &order_settings, folder, &log);
    open_bare(&payment, &payment_service, &payment_settings, folder, &log);
    open_bare(&notify, &notify_service, &notify_settings, folder, &log);
    request(&payment, "PUT", "/accounts/alice", "{\"currency\":\"EUR\"}", NULL, &arena);
    request(&payment, "POST", "/accounts/alice/deposits", "{\"currency\":\"EUR\",\"amount\":9000000000000}", "d", &arena);
    group_commit(payment.core.group);
    cpu = cpu_us();
    for (int i = 0; i < GROUPS; i++) {
        take_orders(&order, &arena);
        hand_on(&order, &payment, NULL);        /* order.created */
        hand_on(&payment, &order, &notify);     /* payment.completed */
        hand_on(&order, &payment, &notify);     /* order.paid */
        hand_on(&notify, &order, NULL);         /* notification.sent */
    }
    printf("bare_statements_cpu_us=%.1f\n", (double)(cpu_us() - cpu) / (ORDERS_A_GROUP * GROUPS));
}

int
main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: floor FOLDER BROKERS TOPIC");
    setvbuf(stdout, NULL, _IOLBF, 0);
    floor_sync(argv[1]);
    floor_hop(argv[2], argv[3]);
    floor_http();
    floor_statements(argv[1]);
    return 0;
}
