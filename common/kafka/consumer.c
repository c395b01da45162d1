#include "consumer_private.h"

#include "../base/clock.h"
#include "../base/faults.h"
#include "../base/log.h"
#include "../store/position.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

rd_kafka_t *
consumer_handle(const struct consumer *consumer, const struct partition *partition)
{
    return client_handle(consumer->readers[partition->topic < TOPICS ? EVENT_READER : LETTER_READER].client);
}

/* ---- the client ---- */

/* Offsets are committed by a handle of their own, which never reads: librdkafka starts no fetch while a commit is under
 * way, and one that has no coordinator yet takes 45 s (seen with 2.0.2). */
static void
reporter_on_ready(void *context)
{
    struct consumer *consumer = context;
    rd_kafka_message_t *message;

    while ((message = rd_kafka_consumer_poll(client_handle(consumer->reporter), 0)) != NULL)
        rd_kafka_message_destroy(message);
}

static void
reporter_on_error(void *context, rd_kafka_resp_err_t error)
{
    (void)context, (void)error;         /* the next commit says the same again */
}

static struct client *
connect_reporter(struct consumer *consumer)
{
    const struct client_property properties[] = {
        { "group.id", consumer->options.group },
        { "enable.auto.commit", "false" },
        { NULL, NULL },
    };

    return client_new(consumer->base, RD_KAFKA_CONSUMER, &consumer->client_options, properties,
                      (struct client_listener){ reporter_on_ready, reporter_on_error, consumer });
}

/* The embedded broker sleeps on an empty fetch, for as long as it may wait; Kafka does not. */
static const char *
fetch_wait_ms(int reader, bool embedded)
{
    if (reader == LETTER_READER)
        return embedded ? "200" : "500";
    return embedded ? "5" : "100";
}

static int
connect_reader(struct consumer *consumer, int index, bool embedded)
{
    struct reader *reader = &consumer->readers[index];
    const struct client_property properties[] = {
        { "group.id", consumer->options.group },
        { "enable.auto.commit", "false" },
        { "enable.auto.offset.store", "false" },
        { "auto.offset.reset", "error" },
        { "enable.partition.eof", "true" },
        { "fetch.wait.max.ms", fetch_wait_ms(index, embedded) },
        { "fetch.error.backoff.ms", "50" },
        { "fetch.message.max.bytes", "262144" },
        { "queued.min.messages", "100000" },
        { "queued.max.messages.kbytes", "16384" },
        { NULL, NULL },
    };

    if (reader->client == NULL)
        reader->client = client_new(consumer->base, RD_KAFKA_CONSUMER, &consumer->client_options, properties,
                                    (struct client_listener){ consumer_on_ready, consumer_on_error, reader });
    return reader->client == NULL ? -1 : 0;
}

/* ---- life ---- */

/* Dead letters are read of all partitions, since one may be set aside for all of them. */
static bool
is_read(const struct consumer_options *options, int topic, int number)
{
    return options->topics[topic] != NULL && (topic >= TOPICS || shard_owns(&options->shard, number));
}

static void
add_partitions(struct consumer *consumer)
{
    const struct consumer_options *options = &consumer->options;
    int partitions = options->shard.partitions;

    consumer->partitions = memory_new((size_t)(ALL_TOPICS * partitions), sizeof(*consumer->partitions));
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int number = 0; number < partitions; number++)
            if (is_read(options, topic, number))
                consumer->partitions[consumer->count++] = (struct partition){
                    .topic = (enum topic)topic, .number = number, .name = options->topics[topic],
                    .durable = -1, .reported = -1,
                };
}

struct consumer *
consumer_new(struct event_base *base, const struct clock *clock, struct positions *positions,
             const struct client_options *client, const struct consumer_options *options,
             struct consumer_listener listener)
{
    struct consumer *consumer = memory_new(1, sizeof(*consumer));

    consumer->base = base;
    consumer->clock = clock;
    consumer->positions = positions;
    consumer->client_options = *client;
    consumer->options = *options;
    consumer->listener = listener;
    arena_init(&consumer->arena);
    for (int i = 0; i < READERS; i++)
        consumer->readers[i].consumer = consumer;
    consumer->again = event_new(base, -1, 0, consumer_on_again, consumer);
    add_partitions(consumer);
    return consumer;
}

void
consumer_free(struct consumer *consumer)
{
    if (consumer == NULL)
        return;
    for (int i = 0; i < consumer->count; i++)
        partition_forget(&consumer->partitions[i]);
    for (size_t i = 0; i < consumer->turn_count; i++)
        rd_kafka_message_destroy(consumer->turn[i].message);
    event_free(consumer->again);
    client_free(consumer->reporter);
    for (int i = 0; i < READERS; i++)
        client_free(consumer->readers[i].client);
    arena_release(&consumer->arena);
    free(consumer->turn);
    free(consumer->partitions);
    free(consumer);
}

/* All partitions of this reader, each at its position. */
static int
assign_reader(struct consumer *consumer, int reader)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(consumer->count);
    rd_kafka_resp_err_t error;

    for (int i = 0; i < consumer->count; i++) {
        struct partition *partition = &consumer->partitions[i];

        if ((partition->topic >= ORDERS_DLT) != (reader == LETTER_READER))
            continue;
        rd_kafka_topic_partition_list_add(list, partition->name, partition->number)->offset =
            partition_begin(partition, positions_get(consumer->positions, partition->topic, partition->number));
    }
    error = rd_kafka_assign(client_handle(consumer->readers[reader].client), list);
    rd_kafka_topic_partition_list_destroy(list);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -1;
}

int
consumer_assign(struct consumer *consumer, bool embedded)
{
    for (int i = 0; i < READERS; i++)
        if (connect_reader(consumer, i, embedded) != 0)
            return -1;
    consumer->down = false;
    consumer->assigned = assign_reader(consumer, EVENT_READER) == 0 && assign_reader(consumer, LETTER_READER) == 0;
    for (int i = 0; consumer->assigned && i < consumer->count; i++)
        if (consumer->partitions[i].halted)
            consumer_pause_fetch(consumer, &consumer->partitions[i]);
    return consumer->assigned ? 0 : -1;
}

void
consumer_unassign(struct consumer *consumer)
{
    if (!consumer->assigned)
        return;
    for (int i = 0; i < consumer->count; i++) {
        struct partition *partition = &consumer->partitions[i];

        /* librdkafka keeps a pause over unassign and assign: nobody would resume it then. */
        if (partition_holds(partition) || partition->stopped != NULL)
            consumer_resume_fetch(consumer, partition);
        partition_forget(partition);
        partition->refused = NULL;
        partition->short_us = 0;
    }
    for (int i = 0; i < READERS; i++)
        rd_kafka_assign(client_handle(consumer->readers[i].client), NULL);
    consumer->assigned = false;
}

/* A partition that is allowed again, or has its whole log again, and has nothing new would say nothing: its end is asked
 * for. */
static void
look_again(struct consumer *consumer)
{
    for (int i = 0; i < consumer->count; i++) {
        struct partition *partition = &consumer->partitions[i];

        if ((partition->refused != NULL || partition->short_us != 0) && partition->stopped == NULL && !partition_holds(partition))
            consumer_fetch_end(consumer, partition);
    }
}

/* All shards of a service commit under one name: of a partition that all of them read, its owner does. */
void
consumer_tick(struct consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list;

    if (!consumer->assigned)
        return;
    look_again(consumer);
    list = rd_kafka_topic_partition_list_new(consumer->count);
    for (int i = 0; i < consumer->count; i++) {
        struct partition *partition = &consumer->partitions[i];

        if (partition->durable <= partition->reported || partition->durable < 0
            || !shard_owns(&consumer->options.shard, partition->number))
            continue;
        rd_kafka_topic_partition_list_add(list, partition->name, partition->number)->offset = partition->durable;
        partition->reported = partition->durable;
    }
    if (list->cnt > 0 && consumer->reporter == NULL)
        consumer->reporter = connect_reporter(consumer);
    if (list->cnt > 0 && consumer->reporter != NULL) {
        rd_kafka_commit(client_handle(consumer->reporter), list, 1);
        crash_point(consumer->options.faults, POINT_OFFSETS_SENT);
    }
    rd_kafka_topic_partition_list_destroy(list);
}

void
consumer_rest(struct consumer *consumer)
{
    consumer->resting = true;
}

void
consumer_go_on(struct consumer *consumer)
{
    if (!consumer->resting)
        return;
    consumer->resting = false;
    event_active(consumer->again, EV_TIMEOUT, 0);
}
