#include "client.h"

#include "../base/error.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "properties.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { DESTROY_S = 1 };

struct client {
    rd_kafka_t *handle;
    rd_kafka_queue_t *queue;
    const struct log *log;
    int wake_fd;
    struct event *wake, *later;
    struct client_listener listener;
    atomic_bool parted;             /* one of two has finished with it: who frees it, and the thread that ends its handle */
};

/* ---- configuration ---- */

static int
set(rd_kafka_conf_t *conf, const char *name, const char *value, char **error)
{
    char text[512];

    if (rd_kafka_conf_set(conf, name, value, text, sizeof(text)) == RD_KAFKA_CONF_OK)
        return 0;
    return error_set(error, "%s", text);
}

/* librdkafka's threads at a lower priority than the loop: they come to their work when the loop waits, and find a whole
 * group instead of its first record. */
static rd_kafka_resp_err_t
be_nice(rd_kafka_t *handle, rd_kafka_thread_type_t type, const char *name, void *opaque)
{
    (void)handle, (void)type, (void)name, (void)opaque;
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t
add_be_nice(rd_kafka_t *handle, const rd_kafka_conf_t *conf, void *opaque, char *error, size_t error_size)
{
    (void)conf, (void)opaque, (void)error, (void)error_size;
    return rd_kafka_interceptor_add_on_thread_start(handle, "nice", be_nice, NULL);
}

static void
log_line(const struct client *client, int level, const char *facility, const char *text)
{
    /* That connections fail is said once by whoever waits for the broker, a fatal error by the producer. */
    if (level <= 3 && strcmp(facility, "FAIL") != 0 && strcmp(facility, "ERROR") != 0 && strcmp(facility, "FATAL") != 0)
        log_warn(client->log, "kafka client", TEXT("facility", facility), TEXT("text", text));
    else
        log_debug(client->log, "kafka client", TEXT("facility", facility), TEXT("text", text));
}

/* A consumer's logs and errors come as calls while it is polled (never from a thread of librdkafka, since log.queue is
 * set), a producer's as events. */
static void
on_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    log_line(rd_kafka_opaque(handle), level, facility, text);
}

static void
on_error(rd_kafka_t *handle, int error, const char *text, void *opaque)
{
    struct client *client = opaque;

    (void)handle, (void)text;
    client->listener.on_error(client->listener.context, (rd_kafka_resp_err_t)error);
}

/* An event of a fatal error carries what caused it in place of RD_KAFKA_RESP_ERR__FATAL. */
static rd_kafka_resp_err_t
error_of(rd_kafka_event_t *event)
{
    return rd_kafka_event_error_is_fatal(event) ? RD_KAFKA_RESP_ERR__FATAL : rd_kafka_event_error(event);
}

rd_kafka_event_t *
client_poll(struct client *client)
{
    const char *facility, *text;
    rd_kafka_event_t *event;
    int level;

    while ((event = rd_kafka_queue_poll(client->queue, 0)) != NULL) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR)
            return event;
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR)
            client->listener.on_error(client->listener.context, error_of(event));
        else if (rd_kafka_event_log(event, &facility, &text, &level) == 0)
            log_line(client, level, facility, text);
        rd_kafka_event_destroy(event);
    }
    return NULL;
}

static rd_kafka_conf_t *
configure(const struct client_options *options, const struct client_property *properties, char **error)
{
    /* socket.timeout.ms: how long a broker that hangs holds up what it led, though others lead it after seconds; 60 s by
     * default (seen: 62 s for a third of the partitions). A record is also unanswered while the cluster notices that one
     * of its copies is gone (9 s by default, and an election): with 10 s all connections were closed then (seen). */
    static const struct client_property common[] = {
        { "allow.auto.create.topics", "false" },
        { "log.queue", "true" },
        { "log.connection.close", "false" },
        { "socket.nagle.disable", "true" },
        { "socket.timeout.ms", "20000" },
        { "reconnect.backoff.ms", "50" },
        { "reconnect.backoff.max.ms", "1000" },
        { "topic.metadata.refresh.fast.interval.ms", "100" },
        { NULL, NULL },
    };
    const struct client_property *lists[] = { common, properties };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int result = set(conf, "bootstrap.servers", options->brokers, error);

    if (result == 0)
        result = set(conf, "client.id", options->client_id, error);
    for (int i = 0; i < 2; i++)
        for (const struct client_property *p = lists[i]; result == 0 && p->name != NULL; p++)
            result = set(conf, p->name, p->value, error);
    if (result == 0)
        result = properties_set(conf, options->properties, error);
    if (result == 0)
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}

/* ---- the loop ---- */

/* librdkafka writes when its queue goes from empty to non-empty: read all, then poll all. */
static void
on_wake(evutil_socket_t fd, short what, void *context)
{
    struct client *client = context;
    uint64_t count;
    ssize_t got;

    (void)what;
    do
        got = read(fd, &count, sizeof(count));
    while (got > 0);
    client->listener.on_ready(client->listener.context);
}

static void
on_later(evutil_socket_t fd, short what, void *context)
{
    struct client *client = context;

    (void)fd, (void)what;
    client->listener.on_ready(client->listener.context);
}

/* A timer and not event_active: libevent serves what is activated meanwhile before it looks at any socket again. */
void
client_wake(struct client *client)
{
    static const struct timeval now = { 0 };

    event_add(client->later, &now);
}

static void
watch(struct client *client, struct event_base *base, rd_kafka_type_t type)
{
    static const struct timeval second = { .tv_sec = 1 };
    static const uint64_t one = 1;

    client->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (type == RD_KAFKA_CONSUMER) {
        rd_kafka_poll_set_consumer(client->handle);
        client->queue = rd_kafka_queue_get_consumer(client->handle);
        rd_kafka_set_log_queue(client->handle, client->queue);
    } else {
        client->queue = rd_kafka_queue_get_main(client->handle);
        rd_kafka_set_log_queue(client->handle, NULL);
    }
    rd_kafka_queue_io_event_enable(client->queue, client->wake_fd, &one, sizeof(one));
    client->wake = event_new(base, client->wake_fd, EV_READ | EV_PERSIST, on_wake, client);
    event_add(client->wake, &second);
    client->later = evtimer_new(base, on_later, client);
    client_wake(client);      /* what came before the wake-up was enabled wakes nobody */
}

struct client *
client_new(struct event_base *base, rd_kafka_type_t type, const struct client_options *options,
           const struct client_property *properties, struct client_listener listener)
{
    struct client *client = memory_new(1, sizeof(*client));
    char text[512], *error = NULL;
    rd_kafka_conf_t *conf = configure(options, properties, &error);

    client->log = options->log;
    client->listener = listener;
    if (conf != NULL) {
        rd_kafka_conf_set_opaque(conf, client);
        rd_kafka_conf_set_log_cb(conf, on_log);
        if (type == RD_KAFKA_CONSUMER)
            rd_kafka_conf_set_error_cb(conf, on_error);
        else
            rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
        rd_kafka_conf_interceptor_add_on_new(conf, "nice", add_be_nice, NULL);
        client->handle = rd_kafka_new(type, conf, text, sizeof(text));
    }
    if (client->handle == NULL) {
        log_error(options->log, "cannot make a kafka client", TEXT("error", conf == NULL ? error : text));
        if (conf != NULL)
            rd_kafka_conf_destroy(conf);
        free(error);
        free(client);
        return NULL;
    }
    watch(client, base, type);
    return client;
}

/* The second of the two frees it. */
static void
part_with(struct client *client)
{
    if (!atomic_exchange(&client->parted, true))
        return;
    close(client->wake_fd);
    free(client);
}

static void
destroy(const struct client *client)
{
    rd_kafka_destroy_flags(client->handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

static void *
destroy_and_part(void *client)
{
    destroy(client);
    part_with(client);
    return NULL;
}

/* A consumer that was unassigned while its broker was away may never end (librdkafka issue 4674; seen with 2.0.2, half of
 * the times on a real broker), one whose offset commit has no coordinator yet spins for a minute: it is left behind with
 * its threads, until it ends after all. */
static void
destroy_in_time(struct client *client)
{
    struct timespec deadline;
    pthread_t thread;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += DESTROY_S;
    if (pthread_create(&thread, NULL, destroy_and_part, client) != 0) {
        destroy(client);
        atomic_store(&client->parted, true);
    } else if (pthread_timedjoin_np(thread, NULL, &deadline) != 0) {
        log_warn(client->log, "a kafka client does not end: it is left behind", INT("seconds", DESTROY_S));
        pthread_detach(thread);
    }
}

void
client_free(struct client *client)
{
    if (client == NULL)
        return;
    event_free(client->wake);
    event_free(client->later);
    rd_kafka_queue_io_event_enable(client->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(client->queue);
    destroy_in_time(client);
    part_with(client);
}

rd_kafka_t *
client_handle(const struct client *client)
{
    return client->handle;
}
