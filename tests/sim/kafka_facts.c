/* What librdkafka says about the cluster, its topics and its types. */
#include "kafka.h"

#include "../../common/kafka/message.h"
#include "sim.h"

#include <stdlib.h>

/* ---- what a fresh handle is asked about the cluster ---- */

char *
rd_kafka_clusterid(rd_kafka_t *handle, int timeout_ms)
{
    (void)timeout_ms;
    if (!cluster_is_up())
        return NULL;
    if (handle->connected_us < 0)
        handle->connected_us = sim_soon(1000, 40000);
    return handle->connected_us <= sim_now_us() ? memory_copy_text(cluster_id()) : NULL;
}

void
rd_kafka_mem_free(rd_kafka_t *handle, void *memory)
{
    (void)handle;
    free(memory);
}

rd_kafka_resp_err_t
rd_kafka_metadata(rd_kafka_t *handle, int all_topics, rd_kafka_topic_t *only, const struct rd_kafka_metadata **metadata,
                  int timeout_ms)
{
    struct rd_kafka_metadata *answer;
    const char *boot = cluster_boot_topic();

    (void)handle, (void)all_topics, (void)only, (void)timeout_ms;
    if (!cluster_is_up())
        return RD_KAFKA_RESP_ERR__TRANSPORT;
    answer = memory_new(1, sizeof(*answer));
    answer->topics = memory_new(ALL_TOPICS + 1, sizeof(*answer->topics));
    for (int i = 0; i < ALL_TOPICS; i++)
        answer->topics[answer->topic_cnt++] = (struct rd_kafka_metadata_topic){
            .topic = memory_copy_text(topic_name((enum topic)i)), .partition_cnt = sim.plan.partitions };
    if (boot != NULL)
        answer->topics[answer->topic_cnt++].topic = memory_copy_text(boot);
    *metadata = answer;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void
rd_kafka_metadata_destroy(const struct rd_kafka_metadata *metadata)
{
    for (int i = 0; i < metadata->topic_cnt; i++)
        free(metadata->topics[i].topic);
    free(metadata->topics);
    free((void *)(uintptr_t)metadata);
}

/* The only times that are asked for: of the beginning and of the end. */
rd_kafka_resp_err_t
rd_kafka_offsets_for_times(rd_kafka_t *handle, rd_kafka_topic_partition_list_t *list, int timeout_ms)
{
    enum topic topic;

    (void)handle, (void)timeout_ms;
    for (int i = 0; i < list->cnt; i++) {
        if (!cluster_is_up() || topic_parse(list->elems[i].topic, &topic) != 0)
            return RD_KAFKA_RESP_ERR__TRANSPORT;
        list->elems[i].offset =
            list->elems[i].offset == RD_KAFKA_OFFSET_END ? cluster_end((int)topic, list->elems[i].partition) : 0;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* ---- topics ---- */

struct rd_kafka_topic_s {
    enum topic topic;
};

rd_kafka_topic_t *
kafka_topic(int topic)
{
    static struct rd_kafka_topic_s topics[ALL_TOPICS];

    topics[topic].topic = (enum topic)topic;
    return &topics[topic];
}

rd_kafka_topic_t *
rd_kafka_topic_new(rd_kafka_t *handle, const char *name, rd_kafka_topic_conf_t *conf)
{
    enum topic topic = ORDERS;

    (void)handle, (void)conf;
    topic_parse(name, &topic);
    return kafka_topic((int)topic);
}

void
rd_kafka_topic_destroy(rd_kafka_topic_t *topic)
{
    (void)topic;
}

const char *
rd_kafka_topic_name(const rd_kafka_topic_t *topic)
{
    return topic_name(topic->topic);
}

/* ---- common/kafka/message.h ---- */

/* librdkafka's own list of headers is not needed: the record that they were made from goes along. */
struct rd_kafka_headers_s {
    const struct record *record;
};

rd_kafka_headers_t *
message_headers(const struct record *record)
{
    rd_kafka_headers_t *headers = memory_new(1, sizeof(*headers));

    headers->record = record;
    return headers;
}

void
rd_kafka_headers_destroy(rd_kafka_headers_t *headers)
{
    free(headers);
}

const struct record *
kafka_record_of(const rd_kafka_headers_t *headers)
{
    return headers->record;
}

/* The message stands in the arrival that brought it. */
struct record
message_record(const rd_kafka_message_t *message, enum topic topic, struct arena *arena)
{
    const struct arrival *arrival = message->_private;
    struct record record = *arrival->record;

    (void)arena;
    record.topic = topic;
    record.partition = message->partition;
    record.offset = message->offset;
    return record;
}
