/* Who is the broker, what do its topics hold? */
#include "topics_private.h"

#include "../../common/base/error.h"
#include "../../common/kafka/offsets.h"
#include "../../common/kafka/properties.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ASK_MS = 10000, ASK_AGAIN_MS = 200, TRIES = 20 };

/* ---- the client ---- */

static void
on_error(rd_kafka_t *handle, int error, const char *text, void *context)
{
    struct reader *reader = context;

    (void)handle, (void)error;
    snprintf(reader->trouble, sizeof(reader->trouble), "%s", text);
}

static void
on_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    (void)handle, (void)level, (void)facility, (void)text;      /* on_error hears what matters */
}

/* The embedded broker sleeps for the whole of fetch.wait.max.ms when it has nothing, a real one does not. */
static int
set_all(rd_kafka_conf_t *conf, const struct reader *reader)
{
    const char *const properties[][2] = {
        { "bootstrap.servers", reader->options->brokers },
        { "client.id", "audit" },
        { "group.id", "audit" },                    /* wanted by every consumer; partitions are assigned, none is joined */
        { "enable.auto.commit", "false" },
        { "enable.auto.offset.store", "false" },
        { "enable.partition.eof", "true" },
        { "auto.offset.reset", "error" },
        { "allow.auto.create.topics", "false" },
        { "fetch.wait.max.ms", "10" },
        { "queued.max.messages.kbytes", "16384" },
    };
    char text[300];

    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++)
        if (rd_kafka_conf_set(conf, properties[i][0], properties[i][1], text, sizeof(text)) != RD_KAFKA_CONF_OK)
            return error_set(reader->error, "%s", text);
    return properties_set(conf, reader->options->properties, reader->error);
}

static int
connect_client(struct reader *reader)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[300];

    rd_kafka_conf_set_opaque(conf, reader);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    if (set_all(conf, reader) != 0) {
        rd_kafka_conf_destroy(conf);
        return -1;
    }
    reader->handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
    if (reader->handle != NULL) {
        rd_kafka_poll_set_consumer(reader->handle);
        return 0;
    }
    rd_kafka_conf_destroy(conf);
    return error_set(reader->error, "%s", text);
}

/* ---- what there is ---- */

static int
add_parts(struct reader *reader, const rd_kafka_metadata_t *metadata, int topic)
{
    reader->first[topic] = reader->count;
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (strcmp(metadata->topics[i].topic, reader->names[topic]) == 0)
            reader->of_topic[topic] = metadata->topics[i].partition_cnt;
    if (reader->of_topic[topic] == 0)
        return error_set(reader->error, "%s has no topic %s that may be read", reader->options->brokers, reader->names[topic]);
    reader->parts = memory_resize(reader->parts, (size_t)(reader->count + reader->of_topic[topic]), sizeof(*reader->parts));
    for (int i = 0; i < reader->of_topic[topic]; i++)
        reader->parts[reader->count++] = (struct part){ .topic = (enum topic)topic, .number = i };
    return 0;
}

/* The embedded broker shows its boot id as one more topic. */
static void
tell_identity(const struct reader *reader, const rd_kafka_metadata_t *metadata)
{
    char *cluster = rd_kafka_clusterid(reader->handle, ASK_MS), identity[400];
    const char *boot = NULL;

    for (int i = 0; i < metadata->topic_cnt; i++)
        if (strncmp(metadata->topics[i].topic, "devbroker-boot-", 15) == 0)
            boot = metadata->topics[i].topic;
    snprintf(identity, sizeof(identity), "%.190s%s%.190s", cluster == NULL ? "" : cluster, boot == NULL ? "" : "/",
             boot == NULL ? "" : boot);
    reader->listener->on_broker(reader->listener->context, identity);
    rd_kafka_mem_free(reader->handle, cluster);
}

static int
look_around(struct reader *reader)
{
    const rd_kafka_metadata_t *metadata = NULL;
    rd_kafka_resp_err_t problem = rd_kafka_metadata(reader->handle, 1, NULL, &metadata, ASK_MS);
    int result = 0;

    if (problem != RD_KAFKA_RESP_ERR_NO_ERROR)
        return error_set(reader->error, "%s: %s %s", reader->options->brokers, rd_kafka_err2str(problem), reader->trouble);
    for (int i = 0; i < ALL_TOPICS && result == 0; i++) {
        snprintf(reader->names[i], sizeof(reader->names[i]), "%.120s%s", reader->options->prefix, topic_name((enum topic)i));
        result = add_parts(reader, metadata, i);
    }
    if (result == 0)
        tell_identity(reader, metadata);
    rd_kafka_metadata_destroy(metadata);
    return result;
}

static int
ask(struct reader *reader, rd_kafka_topic_partition_list_t *list, int64_t at)
{
    for (int i = 0; i < list->cnt; i++)
        list->elems[i].offset = at;
    for (int tries = 0; tries < TRIES; tries++) {           /* a broker that has just started does not know what it leads */
        if (offsets_ask(reader->handle, list, ASK_MS) == 0)
            return 0;
        nanosleep(&(struct timespec){ .tv_nsec = ASK_AGAIN_MS * 1000000 }, NULL);
    }
    return error_set(reader->error, "%s does not tell where the partitions begin and end %s", reader->options->brokers,
                     reader->trouble);
}

rd_kafka_topic_partition_list_t *
topics_list(const struct reader *reader, bool filled)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(reader->count);

    for (int i = 0; i < reader->count; i++) {
        const struct part *part = &reader->parts[i];

        if (!filled || part->high > part->low)
            rd_kafka_topic_partition_list_add(list, reader->names[part->topic], part->number)->offset = part->low;
    }
    return list;
}

/* The beginning is asked for first: what is forgotten in between is between the two. */
static int
find_offsets(struct reader *reader)
{
    rd_kafka_topic_partition_list_t *list = topics_list(reader, false);
    int result = ask(reader, list, RD_KAFKA_OFFSET_BEGINNING);

    for (int i = 0; i < reader->count && result == 0; i++)
        reader->parts[i].low = list->elems[i].offset;
    if (result == 0)
        result = ask(reader, list, RD_KAFKA_OFFSET_END);
    for (int i = 0; i < reader->count && result == 0; i++) {
        struct part *part = &reader->parts[i];

        part->high = list->elems[i].offset;
        part->done = part->high <= part->low;
        reader->left += !part->done;
        reader->listener->on_log(reader->listener->context, part->topic, part->number, part->low, part->high);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

int
topics_find(struct reader *reader)
{
    return connect_client(reader) != 0 || look_around(reader) != 0 ? -1 : find_offsets(reader);
}
