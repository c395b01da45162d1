#include "topic_reader.h"

#include "../../common/base/clock.h"
#include "../../common/base/error.h"
#include "../../common/base/log.h"
#include "../../common/base/memory.h"
#include "../../common/kafka/client.h"
#include "../../common/kafka/offsets.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORDS_A_WAKE = 256, ASK_MS = 2000 };

struct topic_reader {
    struct event_base *base;
    const char *brokers, *topic;
    struct log log;
    struct client *client;
    struct event *again;            /* another try to begin */
    char *problem;                  /* of the last one */
    void (*on_record)(void *context, const rd_kafka_message_t *message);
    void *context;
};

/* ---- records ---- */

static void
on_ready(void *context)
{
    struct topic_reader *reader = context;
    rd_kafka_message_t *message;

    for (int i = 0; i < RECORDS_A_WAKE; i++) {
        message = rd_kafka_consumer_poll(client_handle(reader->client), 0);
        if (message == NULL)
            return;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
            reader->on_record(reader->context, message);
        rd_kafka_message_destroy(message);
    }
    client_wake(reader->client);
}

static void
on_error(void *context, rd_kafka_resp_err_t error)
{
    (void)context, (void)error;         /* librdkafka tries on */
}

/* ---- the beginning ---- */

static int
connect_client(struct topic_reader *reader, const char *fetch_wait_ms, char **error)
{
    const struct client_property properties[] = {
        { "group.id", "load" },
        { "enable.auto.commit", "false" },
        { "enable.auto.offset.store", "false" },
        { "auto.offset.reset", "earliest" },
        { "fetch.wait.max.ms", fetch_wait_ms },
        { "fetch.error.backoff.ms", "50" },
        { "queued.min.messages", "100000" },
        { NULL, NULL },
    };
    const struct client_options options = { reader->brokers, "", "load", &reader->log };

    client_free(reader->client);
    reader->client = client_new(reader->base, RD_KAFKA_CONSUMER, &options, properties,
                                (struct client_listener){ on_ready, on_error, reader });
    return reader->client != NULL ? 0 : error_set(error, "cannot make a client of %s", options.brokers);
}

/* Partitions of the topic; -1 if the broker does not tell. The embedded broker shows a topic of its own. */
static int
count_partitions(struct topic_reader *reader, bool *embedded, char **error)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t problem = rd_kafka_metadata(client_handle(reader->client), 1, NULL, &metadata, ASK_MS);
    int count = 0;

    if (problem != RD_KAFKA_RESP_ERR_NO_ERROR)
        return error_set(error, "%s: %s", reader->brokers, rd_kafka_err2str(problem));
    for (int i = 0; i < metadata->topic_cnt; i++) {
        *embedded = *embedded || strncmp(metadata->topics[i].topic, "devbroker-", 10) == 0;
        if (strcmp(metadata->topics[i].topic, reader->topic) == 0)
            count = metadata->topics[i].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
    return count > 0 ? count : error_set(error, "%s has no topic %s", reader->brokers, reader->topic);
}

/* A broker that has just started may not yet know that it leads its partitions. */
static int
assign_ends(struct topic_reader *reader, int count, char **error)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    rd_kafka_resp_err_t problem = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;

    for (int i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, reader->topic, i)->offset = RD_KAFKA_OFFSET_END;
    if (offsets_ask(client_handle(reader->client), list, ASK_MS) == 0)
        problem = rd_kafka_assign(client_handle(reader->client), list);
    rd_kafka_topic_partition_list_destroy(list);
    return problem == RD_KAFKA_RESP_ERR_NO_ERROR
               ? 0 : error_set(error, "cannot read topic %s: %s", reader->topic, rd_kafka_err2str(problem));
}

/* The embedded broker sleeps for the whole of fetch.wait.max.ms whatever comes; a real one answers at once. */
static int
begin(struct topic_reader *reader, char **error)
{
    bool embedded = false;
    int count;

    if (connect_client(reader, "100", error) != 0
        || (count = count_partitions(reader, &embedded, error)) < 0
        || (embedded && connect_client(reader, "5", error) != 0))
        return -1;
    return assign_ends(reader, count, error);
}

static void
on_begin(evutil_socket_t fd, short what, void *reader_)
{
    static const struct timeval soon = { .tv_usec = 100000 };
    struct topic_reader *reader = reader_;

    (void)fd, (void)what;
    free(reader->problem);
    reader->problem = NULL;
    if (begin(reader, &reader->problem) != 0)
        event_add(reader->again, &soon);
}

/* ---- life ---- */

const char *
topic_reader_problem(const struct topic_reader *reader)
{
    return reader->problem;
}

struct topic_reader *
topic_reader_new(struct event_base *base, const struct clock *clock, const char *brokers, const char *topic,
                 void (*on_record)(void *context, const rd_kafka_message_t *message), void *context)
{
    struct topic_reader *reader = memory_new(1, sizeof(*reader));

    *reader = (struct topic_reader){ .base = base, .brokers = brokers, .topic = topic, .on_record = on_record,
                                     .context = context };
    reader->log = (struct log){ .service = "load", .clock = clock, .level = LOG_ERROR, .fd = STDERR_FILENO };
    reader->again = event_new(base, -1, 0, on_begin, reader);
    on_begin(-1, 0, reader);
    return reader;
}

void
topic_reader_free(struct topic_reader *reader)
{
    if (reader == NULL)
        return;
    client_free(reader->client);
    event_free(reader->again);
    free(reader->problem);
    free(reader);
}
