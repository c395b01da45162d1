#include "record.h"

#include "../base/memory.h"
#include "../base/text.h"
#include "../base/uuid.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- writing ---- */

static void
add(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    if (value != NULL)
        rd_kafka_header_add(headers, name, -1, value, -1);
}

static void
format_time(int64_t ms, char *text, size_t size)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    size_t used;

    gmtime_r(&seconds, &utc);
    used = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + used, size - used, ".%03dZ", (int)(ms % 1000));
}

rd_kafka_headers_t *
record_headers(const struct envelope *out)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(12);
    char time[40], sequence[24];

    format_time(out->time, time, sizeof(time));
    snprintf(sequence, sizeof(sequence), "%lld", (long long)out->sequence);
    add(headers, "ce_specversion", "1.0");
    add(headers, "ce_id", out->id);
    add(headers, "ce_type", envelope_type_name(out->type));
    add(headers, "ce_source", out->source);
    add(headers, "ce_subject", out->subject);
    add(headers, "ce_time", time);
    add(headers, "content-type", "application/json");
    add(headers, "ce_correlationid", out->subject);
    add(headers, "ce_causationid", out->causation);
    add(headers, "ce_sequence", sequence);
    add(headers, "ce_dataversion", "1");
    add(headers, "traceparent", out->traceparent);
    return headers;
}

/* ---- reading ---- */

/* librdkafka puts a NUL behind a header's value; a NUL inside it makes it no text of ours. */
static const char *
header(const rd_kafka_message_t *message, const char *name)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;

    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR
        || rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR || value == NULL
        || strlen(value) != size || size > 256 || !text_is_utf8(value, size))
        return NULL;
    return value;
}

const char *
record_type(const rd_kafka_message_t *message)
{
    return header(message, "ce_type");
}

const char *
record_id(const rd_kafka_message_t *message)
{
    return header(message, "ce_id");
}

static bool
key_is(const rd_kafka_message_t *message, const char *subject)
{
    return message->key != NULL && message->key_len == strlen(subject)
           && memcmp(message->key, subject, message->key_len) == 0;
}

const char *
record_read(const rd_kafka_message_t *message, struct arena *arena, struct envelope *in)
{
    const char *version = header(message, "ce_specversion"), *type = record_type(message);
    const char *sequence = header(message, "ce_sequence");

    *in = (struct envelope){
        .id = record_id(message),
        .subject = header(message, "ce_subject"),
        .source = header(message, "ce_source"),
        .causation = header(message, "ce_causationid"),
        .traceparent = header(message, "traceparent"),
    };
    if (version == NULL || strcmp(version, "1.0") != 0 || type == NULL || in->source == NULL)
        return "not_a_cloudevent";
    if (in->id == NULL || !uuid_is_valid(in->id))
        return "malformed_id";
    if (in->subject == NULL || !uuid_is_valid(in->subject) || !key_is(message, in->subject))
        return "malformed_subject";
    if (message->payload == NULL || message->len == 0 || memchr(message->payload, '\0', message->len) != NULL
        || !text_is_utf8(message->payload, message->len))
        return "malformed_value";
    if (sequence != NULL && text_parse_int(sequence, 0, INT64_MAX, &in->sequence) != 0)
        return "malformed_sequence";
    in->type = envelope_type_parse(type);
    in->data = arena_bytes(arena, message->payload, message->len);
    in->data_size = message->len;
    return NULL;
}

/* ---- for people ---- */

static char *
quoted(struct arena *arena, const char *bytes, size_t size)
{
    char *text = arena_alloc(arena, 2 * size + 3), *next = text;

    *next++ = '"';
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '"' || bytes[i] == '\\')
            *next++ = '\\';
        *next++ = bytes[i] < ' ' || bytes[i] == 0x7f ? '?' : bytes[i];
    }
    *next++ = '"';
    *next = '\0';
    return text;
}

const char *
record_headers_json(const rd_kafka_message_t *message, struct arena *arena)
{
    rd_kafka_headers_t *headers;
    const char *json = "", *name;
    const void *value;
    size_t size;

    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return NULL;
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        json = arena_format(arena, "%s%s[%s,%s]", json, i == 0 ? "" : ",", quoted(arena, name, strlen(name)),
                            value == NULL ? "null" : quoted(arena, value, size));
    return arena_format(arena, "[%s]", json);
}
