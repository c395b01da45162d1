#include "topics_private.h"

#include "../../common/base/error.h"
#include "../../common/kafka/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATIENCE_S = 30, POLL_MS = 100 };

static struct part *
part_of(struct reader *reader, const rd_kafka_message_t *message)
{
    const char *name = message->rkt == NULL ? "" : rd_kafka_topic_name(message->rkt);

    for (int i = 0; i < ALL_TOPICS; i++)
        if (strcmp(reader->names[i], name) == 0 && message->partition >= 0 && message->partition < reader->of_topic[i])
            return &reader->parts[reader->first[i] + message->partition];
    return NULL;
}

static int
take(struct reader *reader, struct part *part, const rd_kafka_message_t *message)
{
    struct record record;

    if (message->offset < part->high) {
        arena_reset(&reader->arena);
        record = message_record(message, part->topic, &reader->arena);
        if (reader->listener->on_record(reader->listener->context, &record) != 0)
            return error_set(reader->error, "there is no room for the records: TMPDIR names a folder that has some");
    }
    if (message->offset + 1 >= part->high && !part->done) {
        part->done = true;
        reader->left--;
    }
    return 0;
}

/* 1: something was read; 0: not yet; -1: it cannot be. */
static int
handle(struct reader *reader, const rd_kafka_message_t *message)
{
    struct part *part = part_of(reader, message);

    switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return part == NULL ? 0 : take(reader, part, message) == 0 ? 1 : -1;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:              /* the last offsets of a log need not have records */
        reader->left -= part != NULL && !part->done;
        if (part != NULL)
            part->done = true;
        return 1;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        return error_set(reader->error, "a topic lost records while it was read: audit again");
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        return error_set(reader->error, "%s: %s", reader->options->brokers, rd_kafka_message_errstr(message));
    default:
        snprintf(reader->trouble, sizeof(reader->trouble), "%s", rd_kafka_message_errstr(message));
        return 0;
    }
}

static int
read_all(struct reader *reader)
{
    rd_kafka_topic_partition_list_t *list = topics_list(reader, true);
    time_t news = time(NULL);
    int result = 0;

    rd_kafka_assign(reader->handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    while (reader->left > 0 && result >= 0) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader->handle, POLL_MS);

        result = message == NULL ? 0 : handle(reader, message);
        if (message != NULL)
            rd_kafka_message_destroy(message);
        if (result > 0)
            news = time(NULL);
        else if (result == 0 && time(NULL) - news > PATIENCE_S)
            result = error_set(reader->error, "%s sends nothing for %d s, with %d partitions to read %s",
                               reader->options->brokers, PATIENCE_S, reader->left, reader->trouble);
    }
    return result < 0 ? -1 : 0;
}

int
topics_read(const struct topics_options *options, const struct topics_listener *listener, char **error)
{
    struct reader reader = { .options = options, .listener = listener, .error = error };
    int result;

    arena_init(&reader.arena);
    result = topics_find(&reader);
    if (result == 0)
        result = read_all(&reader);
    if (reader.handle != NULL)
        rd_kafka_destroy_flags(reader.handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    arena_release(&reader.arena);
    free(reader.parts);
    return result;
}
