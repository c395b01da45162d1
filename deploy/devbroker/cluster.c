/* cluster.c: see cluster.h. */
#include "cluster.h"

#include "mock_calls.h"
#include "options.h"

#include <err.h>
#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
/* It includes nothing itself and must come second. */
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>

enum {
    BROKER = 1,                 /* the mock numbers its brokers from 1; we have one */
    WATCH_MS = 5,               /* how often to look whether the answer to lose is there */
    HOLD_MS = 600 * 1000,       /* that answer is held back for much longer than we take to notice */
};

struct cluster {
    rd_kafka_t *handle;         /* only a home for the mock */
    rd_kafka_mock_cluster_t *mock;
    struct event *watch;        /* pending from cluster_lose_ack() until it has happened */
    char boot[17];
    size_t topic_count;
    bool up;
    int rtt_ms;
    unsigned lost_acks;
};

/* Any thread of librdkafka's. Each EAGAIN of our accept() makes the mock complain; it is no news. */
static void
on_log(const rd_kafka_t *handle, int level, const char *facility, const char *message)
{
    (void)handle;
    if (level > LOG_WARNING)
        return;
    if (strstr(message, "Failed to accept") != NULL && strstr(message, "temporarily unavailable") != NULL)
        return;
    warnx("librdkafka: %s: %s", facility, message);
}

static int
create_handle(struct cluster *cluster)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char reason[256];

    rd_kafka_conf_set_log_cb(conf, on_log);
    cluster->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
    if (cluster->handle != NULL)
        return 0;
    rd_kafka_conf_destroy(conf);
    warnx("librdkafka does not start: %s", reason);
    return -1;
}

static int
create_mock(struct cluster *cluster, uint16_t port)
{
    char address[32];

    if (mock_calls_take_port(port) != 0) {
        if (errno == EADDRINUSE)
            warnx("port %u of 127.0.0.1 is taken: stop the program that listens there, or choose another --port", port);
        else
            warn("port %u of 127.0.0.1 cannot be used; choose another --port", port);
        return -1;
    }
    cluster->mock = rd_kafka_mock_cluster_new(cluster->handle, 1);
    if (cluster->mock == NULL) {
        warnx("librdkafka does not start its mock cluster; its messages above say why");
        return -1;
    }
    cluster->up = true;
    snprintf(address, sizeof(address), "127.0.0.1:%u", port);
    if (strcmp(rd_kafka_mock_cluster_bootstraps(cluster->mock), address) == 0)
        return 0;
    warnx("librdkafka listens at %s instead of %s: it did not call this program's bind(); link it as a shared library",
          rd_kafka_mock_cluster_bootstraps(cluster->mock), address);
    return -1;
}

static int
create_topic(struct cluster *cluster, const char *name, int partitions)
{
    rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(cluster->mock, name, partitions, 1);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    warnx("topic %s of %d partitions is not created: %s", name, partitions, rd_kafka_err2str(code));
    return -1;
}

/*
 * The cluster id does not tell one life of the broker from the next: it is made of heap addresses. The name of this
 * topic does.
 */
static int
create_boot_topic(struct cluster *cluster)
{
    char name[sizeof(BOOT_TOPIC_PREFIX) + sizeof(cluster->boot)];
    uint64_t id;

    if (getrandom(&id, sizeof(id), 0) != (ssize_t)sizeof(id)) {
        warn("no random boot id");
        return -1;
    }
    snprintf(cluster->boot, sizeof(cluster->boot), "%016" PRIx64, id);
    snprintf(name, sizeof(name), BOOT_TOPIC_PREFIX "%s", cluster->boot);
    return create_topic(cluster, name, 1);
}

static int
create_topics(struct cluster *cluster, const struct options *options)
{
    size_t i;

    for (i = 0; i < options->topic_count; i++)
        if (create_topic(cluster, options->topics[i].name, options->topics[i].partitions) != 0)
            return -1;
    cluster->topic_count = options->topic_count;
    return create_boot_topic(cluster);
}

static size_t
errors_left(const struct cluster *cluster, enum cluster_api api)
{
    size_t count = 0;

    rd_kafka_mock_broker_error_stack_cnt(cluster->mock, BROKER, (int16_t)api, &count);
    return count;
}

/* A Produce request takes the answer to lose from the queue before it is applied; the mock is down only after both. */
static void
on_watch(evutil_socket_t fd, short what, void *context)
{
    struct cluster *cluster = context;

    (void)fd;
    (void)what;
    if (errors_left(cluster, API_PRODUCE) > 0)
        return;
    event_del(cluster->watch);
    cluster->lost_acks++;
    if (!cluster->up)           /* `down` came in between: it lost the answer already. */
        return;
    cluster_down(cluster);
    cluster_up(cluster);
}

struct cluster *
cluster_new(struct event_base *base, const struct options *options)
{
    struct cluster *cluster = calloc(1, sizeof(*cluster));

    if (cluster == NULL)
        err(1, "starting");
    cluster->watch = event_new(base, -1, EV_PERSIST, on_watch, cluster);
    if (cluster->watch == NULL)
        err(1, "starting");
    if (create_handle(cluster) != 0 || create_mock(cluster, options->port) != 0 || create_topics(cluster, options) != 0)
        return NULL;
    mock_calls_let_in();
    return cluster;
}

const char *
cluster_boot(const struct cluster *cluster)
{
    return cluster->boot;
}

void
cluster_down(struct cluster *cluster)
{
    rd_kafka_mock_broker_set_down(cluster->mock, BROKER);
    cluster->up = false;
}

void
cluster_up(struct cluster *cluster)
{
    rd_kafka_mock_broker_set_up(cluster->mock, BROKER);
    cluster->up = true;
}

void
cluster_set_rtt(struct cluster *cluster, int milliseconds)
{
    rd_kafka_mock_broker_set_rtt(cluster->mock, BROKER, milliseconds);
    cluster->rtt_ms = milliseconds;
}

static void
push_answer(struct cluster *cluster, enum cluster_api api, int code, int hold_ms)
{
    /*
     * The broker's queue, not the cluster's (rd_kafka_mock_push_request_errors): once a broker has had a queue for
     * an API, even an empty one, the mock never looks at the cluster's again.
     */
    rd_kafka_mock_broker_push_request_error_rtts(cluster->mock, BROKER, (int16_t)api, 1, (rd_kafka_resp_err_t)code,
                                                 hold_ms);
}

int
cluster_push_errors(struct cluster *cluster, enum cluster_api api, int code, int count)
{
    if (api == API_PRODUCE && event_pending(cluster->watch, EV_TIMEOUT, NULL))
        return -1;
    while (count-- > 0)
        push_answer(cluster, api, code, 0);
    return 0;
}

int
cluster_lose_ack(struct cluster *cluster)
{
    const struct timeval often = { .tv_usec = WATCH_MS * 1000 };

    if (errors_left(cluster, API_PRODUCE) > 0 || event_pending(cluster->watch, EV_TIMEOUT, NULL))
        return -1;
    push_answer(cluster, API_PRODUCE, RD_KAFKA_RESP_ERR_NO_ERROR, HOLD_MS);
    event_add(cluster->watch, &often);
    return 0;
}

void
cluster_status(const struct cluster *cluster, char *line, size_t size)
{
    bool armed = event_pending(cluster->watch, EV_TIMEOUT, NULL);

    snprintf(line, size, "state=%s rtt=%d boot=%s topics=%zu lose_ack=%s lost_acks=%u produce_errors=%zu fetch_errors=%zu",
             cluster->up ? "up" : "down", cluster->rtt_ms, cluster->boot, cluster->topic_count,
             armed ? "armed" : "idle", cluster->lost_acks,
             armed ? 0 : errors_left(cluster, API_PRODUCE), errors_left(cluster, API_FETCH));
}
