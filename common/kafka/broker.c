#include "broker.h"

#include "../base/log.h"
#include "../base/memory.h"
#include "client.h"
#include "offsets.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_MS = 20, FIRST_WAIT_MS = 50, LAST_WAIT_MS = 1000, METADATA_MS = 500 };

static const char boot_prefix[] = "devbroker-boot-";

struct broker {
    struct event_base *base;
    struct client_options options;
    const char *topics[ALL_TOPICS];
    int partitions;
    struct broker_listener listener;
    struct client *client;         /* the fresh handle; NULL while nothing is asked */
    struct event *timer;
    int wait_ms;                   /* before the next try; doubled each time */
    bool known;
    bool refused;                  /* it was reached, and would not have us */
    bool renew;                    /* the handle has served: a new one reads KAFKA_PROPERTIES again */
    char trouble[200];
};

static void
on_ready(void *context)
{
    struct broker *broker = context;
    rd_kafka_event_t *event;

    while ((event = client_poll(broker->client)) != NULL)
        rd_kafka_event_destroy(event);
}

static void
ask_again_in(struct broker *broker, int ms)
{
    struct timeval delay = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

    event_add(broker->timer, &delay);
}

static void
ask_again_later(struct broker *broker)
{
    ask_again_in(broker, broker->wait_ms);
    broker->wait_ms = 2 * broker->wait_ms > LAST_WAIT_MS ? LAST_WAIT_MS : 2 * broker->wait_ms;
}

/* Says a new trouble once. */
static void
trouble(struct broker *broker, const char *text)
{
    if (strcmp(broker->trouble, text) == 0)
        return;
    snprintf(broker->trouble, sizeof(broker->trouble), "%s", text);
    log_warn(broker->options.log, "waiting for the broker", TEXT("brokers", broker->options.brokers),
             TEXT("why", text));
}

/* That no broker can be reached is no news, unless one was; the timer goes on asking. */
static void
on_error(void *context, rd_kafka_resp_err_t error)
{
    struct broker *broker = context;

    if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION)
        trouble(broker, "it does not let us in: look at sasl.username, sasl.password and sasl.mechanism in KAFKA_PROPERTIES");
    else if (error == RD_KAFKA_RESP_ERR__SSL)
        trouble(broker, "TLS with it fails: look at ssl.ca.location in KAFKA_PROPERTIES, and whether its certificate has the "
                "name in KAFKA_BROKERS");
    else if (error == RD_KAFKA_RESP_ERR__TRANSPORT && broker->refused)
        trouble(broker, "no broker can be reached");
    else
        return;
    broker->refused = broker->renew = error != RD_KAFKA_RESP_ERR__TRANSPORT;
}

static const rd_kafka_metadata_topic_t *
find_topic(const rd_kafka_metadata_t *metadata, const char *name)
{
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (strcmp(metadata->topics[i].topic, name) == 0)
            return &metadata->topics[i];
    return NULL;
}

/* The embedded broker shows its boot id as one more topic; NULL on any other. */
static const char *
boot_topic(const rd_kafka_metadata_t *metadata)
{
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (strncmp(metadata->topics[i].topic, boot_prefix, sizeof(boot_prefix) - 1) == 0)
            return metadata->topics[i].topic;
    return NULL;
}

/* A list of all topics leaves out those that we may not see: asked for by name, the broker tells why. The embedded broker
 * hides none, and might create what is asked for. */
static rd_kafka_resp_err_t
ask_for_topic(struct broker *broker, const char *name, const rd_kafka_metadata_t *all)
{
    rd_kafka_t *handle = client_handle(broker->client);
    const rd_kafka_metadata_t *metadata = NULL;
    rd_kafka_topic_t *topic;
    rd_kafka_resp_err_t error;

    if (boot_topic(all) != NULL)
        return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    topic = rd_kafka_topic_new(handle, name, NULL);
    error = rd_kafka_metadata(handle, 0, topic, &metadata, METADATA_MS);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topic_cnt == 1)
        error = metadata->topics[0].err;
    if (metadata != NULL)
        rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
    return error;
}

/* Why it cannot be used. An answer that does not come in time says nothing: what was said before stays. */
static void
judge_missing(struct broker *broker, const char *name, rd_kafka_resp_err_t error)
{
    char text[200];

    if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        snprintf(text, sizeof(text), "our user may not see topic %.100s: grant it Describe", name);
    else if (error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR__TRANSPORT)
        return;
    else
        snprintf(text, sizeof(text), "topic %.100s does not exist yet: create it with %d partitions", name,
                 broker->partitions);
    trouble(broker, text);
}

static bool
topics_fit(struct broker *broker, const rd_kafka_metadata_t *metadata)
{
    char text[200];

    for (int i = 0; i < ALL_TOPICS; i++) {
        const rd_kafka_metadata_topic_t *topic = find_topic(metadata, broker->topics[i]);

        if (topic == NULL || topic->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            judge_missing(broker, broker->topics[i], ask_for_topic(broker, broker->topics[i], metadata));
            return false;
        }
        if (topic->partition_cnt == broker->partitions)
            continue;
        snprintf(text, sizeof(text), "topic %.60s has %d partitions, PARTITIONS is %d: they must be equal; kafka-topics "
                 "--alter adds some, or name others by TOPIC_PREFIX",
                 broker->topics[i], topic->partition_cnt, broker->partitions);
        trouble(broker, text);
        return false;
    }
    return true;
}

/* "CLUSTER" or "CLUSTER/devbroker-boot-…". */
static void
identify(const rd_kafka_metadata_t *metadata, const char *cluster, char *identity, size_t size)
{
    const char *boot = boot_topic(metadata);

    snprintf(identity, size, "%s%s%s", cluster, boot == NULL ? "" : "/", boot == NULL ? "" : boot);
}

/* The handle is connected, so the answer takes about a millisecond; a broker that hangs costs METADATA_MS. */
static void
look(struct broker *broker, const char *cluster)
{
    const rd_kafka_metadata_t *metadata = NULL;
    char identity[400];
    const char *why;
    bool fits;

    if (rd_kafka_metadata(client_handle(broker->client), 1, NULL, &metadata, METADATA_MS)
        != RD_KAFKA_RESP_ERR_NO_ERROR) {
        ask_again_later(broker);
        return;
    }
    fits = topics_fit(broker, metadata);
    if (fits)
        identify(metadata, cluster, identity, sizeof(identity));
    rd_kafka_metadata_destroy(metadata);
    why = fits ? broker->listener.on_known(broker->listener.context, identity) : broker->trouble;
    if (why != NULL) {
        trouble(broker, why);
        ask_again_later(broker);
        return;
    }
    broker->known = true;
    broker->refused = false;
    broker->trouble[0] = '\0';
    log_info(broker->options.log, "broker known", TEXT("cluster", identity));
}

static void
forget_client(struct broker *broker)
{
    client_free(broker->client);
    broker->client = NULL;
    broker->renew = false;
}

/* rd_kafka_clusterid with timeout 0 never blocks; it knows after the first metadata has come. */
static void
on_timer(evutil_socket_t fd, short what, void *context)
{
    struct broker *broker = context;
    static const struct client_property nothing_special[] = { { NULL, NULL } };
    char *cluster;

    (void)fd, (void)what;
    if (broker->renew) {
        forget_client(broker);
        ask_again_later(broker);
        return;
    }
    if (broker->client == NULL)
        broker->client = client_new(broker->base, RD_KAFKA_PRODUCER, &broker->options, nothing_special,
                                    (struct client_listener){ on_ready, on_error, broker });
    if (broker->client == NULL) {
        trouble(broker, "no kafka client can be made: look at KAFKA_PROPERTIES");
        ask_again_later(broker);
        return;
    }
    cluster = rd_kafka_clusterid(client_handle(broker->client), 0);
    if (cluster == NULL) {
        ask_again_in(broker, ASK_MS);
        return;
    }
    look(broker, cluster);
    rd_kafka_mem_free(client_handle(broker->client), cluster);
    forget_client(broker);
}

struct broker *
broker_new(struct event_base *base, const struct client_options *options, const char *const topics[ALL_TOPICS],
           int partitions, struct broker_listener listener)
{
    struct broker *broker = memory_new(1, sizeof(*broker));

    broker->base = base;
    broker->options = *options;
    memcpy(broker->topics, topics, sizeof(broker->topics));
    broker->partitions = partitions;
    broker->listener = listener;
    broker->timer = event_new(base, -1, 0, on_timer, broker);
    trouble(broker, "no broker has answered yet");
    return broker;
}

void
broker_free(struct broker *broker)
{
    if (broker == NULL)
        return;
    event_free(broker->timer);
    client_free(broker->client);
    free(broker);
}

void
broker_ask(struct broker *broker)
{
    broker->known = false;
    if (broker->trouble[0] == '\0')
        trouble(broker, "no broker can be reached");
    broker->wait_ms = FIRST_WAIT_MS;
    if (broker->client == NULL && !event_pending(broker->timer, EV_TIMEOUT, NULL))
        ask_again_in(broker, 0);
}

bool
broker_is_known(const struct broker *broker)
{
    return broker->known;
}

const char *
broker_trouble(const struct broker *broker)
{
    return broker->known ? NULL : broker->trouble;
}

int
broker_starts(struct broker *broker, struct broker_start *starts, int count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    int result;

    for (int i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, broker->topics[starts[i].topic], starts[i].partition)->offset =
            starts[i].at_end ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING;
    result = offsets_ask(client_handle(broker->client), list, METADATA_MS);
    for (int i = 0; i < count; i++)
        starts[i].offset = list->elems[i].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

bool
broker_identity_is_embedded(const char *identity)
{
    return strstr(identity, boot_prefix) != NULL;
}
