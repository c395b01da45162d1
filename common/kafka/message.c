#include "message.h"

#include "../base/memory.h"

/* librdkafka puts a NUL behind the value of a header. */
static void
read_headers(const rd_kafka_message_t *message, struct record *record, struct arena *arena)
{
    struct record_header *list;
    rd_kafka_headers_t *headers;
    const void *value;
    size_t count;

    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    count = rd_kafka_header_cnt(headers);
    list = arena_alloc(arena, count * sizeof(*list));
    for (size_t i = 0; i < count; i++) {
        if (rd_kafka_header_get_all(headers, i, &list[i].name, &value, &list[i].size) != RD_KAFKA_RESP_ERR_NO_ERROR)
            break;
        list[i].value = value;
        record->header_count++;
    }
    record->headers = list;
}

struct record
message_record(const rd_kafka_message_t *message, enum topic topic, struct arena *arena)
{
    rd_kafka_timestamp_type_t type;
    struct record record = {
        .topic = topic,
        .partition = message->partition,
        .offset = message->offset,
        .timestamp = rd_kafka_message_timestamp(message, &type),
        .key = message->key,
        .key_size = message->key_len,
        .value = message->payload,
        .value_size = message->len,
    };

    read_headers(message, &record, arena);
    return record;
}

rd_kafka_headers_t *
message_headers(const struct record *record)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new((size_t)record->header_count);

    for (int i = 0; i < record->header_count; i++) {
        const struct record_header *header = &record->headers[i];

        rd_kafka_header_add(headers, header->name, -1, header->value, (ssize_t)header->size);
    }
    return headers;
}
