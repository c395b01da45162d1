#include "news_topic.h"

#include "../../common/base/memory.h"
#include "news.h"
#include "run.h"
#include "topic_reader.h"

#include <stdlib.h>
#include <string.h>

enum { ORDER_ID_SIZE = 36 };

struct news_topic {
    struct news *news;
    struct topic_reader *reader;
};

/* The state that the kind in the value names. */
static enum status
kind_of(const rd_kafka_message_t *message)
{
    static const char name[] = "\"kind\":\"";
    const char *kind = message->payload == NULL ? NULL : memmem(message->payload, message->len, name, sizeof(name) - 1);
    const char *end;
    char text[20];

    if (kind == NULL)
        return NOT_ORDERED;
    kind += sizeof(name) - 1;
    end = memchr(kind, '"', message->len - (size_t)(kind - (const char *)message->payload));
    if (end == NULL || end - kind >= (int)sizeof(text))
        return NOT_ORDERED;
    memcpy(text, kind, (size_t)(end - kind));
    text[end - kind] = '\0';
    return status_of_kind(text);
}

/* The value of ce_type, which librdkafka ends with a NUL; NULL if there is none. */
static const char *
type_of(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;

    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR
        || rd_kafka_header_get_last(headers, "ce_type", &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return NULL;
    return value;
}

/* A refund is told of by payment-svc: order-svc may learn of it later, and until then the order is CANCELLED. */
static void
on_record(void *context, const rd_kafka_message_t *message)
{
    struct news_topic *topic = context;
    const char *type = type_of(message);
    enum status told = kind_of(message);
    bool sent = type != NULL && strcmp(type, "notification.sent") == 0;
    char order_id[ORDER_ID_SIZE + 1] = "";

    if (told == NOT_ORDERED || message->key == NULL || message->key_len != ORDER_ID_SIZE
        || (!sent && (type == NULL || strcmp(type, "notification.failed") != 0)))
        return;
    memcpy(order_id, message->key, ORDER_ID_SIZE);
    news_hear(topic->news, &(struct news_item){ .order_id = order_id, .status = told == REFUNDED ? CANCELLED : told,
                                                .told = sent ? told : NOT_ORDERED,
                                                .untold = sent ? NOT_ORDERED : told });
}

const char *
news_topic_problem(const struct news_topic *topic)
{
    return topic_reader_problem(topic->reader);
}

struct news_topic *
news_topic_new(struct news *news, struct run *run)
{
    struct news_topic *topic = memory_new(1, sizeof(*topic));

    topic->news = news;
    topic->reader = topic_reader_new(run->base, &run->clock, run->arguments.brokers, run->arguments.topic, on_record, topic);
    return topic;
}

void
news_topic_free(struct news_topic *topic)
{
    if (topic == NULL)
        return;
    topic_reader_free(topic->reader);
    free(topic);
}
