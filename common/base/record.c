#include "record.h"

#include "memory.h"
#include "text.h"
#include "uuid.h"

#include <stdio.h>
#include <string.h>

/* ---- writing ---- */

static void
add(struct record *record, struct record_room *room, const char *name, const char *value)
{
    if (value != NULL)
        room->headers[record->header_count++] = (struct record_header){ name, value, strlen(value) };
}

struct record
record_of_event(const struct envelope *out, struct record_room *room)
{
    struct record record = {
        .topic = out->topic,
        .partition = out->partition,
        .offset = -1,
        .timestamp = out->time,
        .key = out->subject,
        .key_size = strlen(out->subject),
        .value = out->data,
        .value_size = out->data_size,
        .headers = room->headers,
    };

    when_utc_text(out->time, room->time);
    snprintf(room->sequence, sizeof(room->sequence), "%lld", (long long)out->sequence);
    add(&record, room, "ce_specversion", "1.0");
    add(&record, room, "ce_id", out->id);
    add(&record, room, "ce_type", envelope_type_name(out->type));
    add(&record, room, "ce_source", out->source);
    add(&record, room, "ce_subject", out->subject);
    add(&record, room, "ce_time", room->time);
    add(&record, room, "content-type", "application/json");
    add(&record, room, "ce_correlationid", out->subject);
    add(&record, room, "ce_causationid", out->causation);
    add(&record, room, "ce_sequence", room->sequence);
    add(&record, room, "ce_dataversion", "1");
    add(&record, room, "traceparent", out->traceparent);
    return record;
}

void
record_put_number(char *to, int bytes, int64_t number)
{
    for (int i = bytes - 1; i >= 0; i--) {
        to[i] = (char)(number & 0xff);
        number >>= 8;
    }
}

/* ---- reading ---- */

int64_t
record_get_number(const char *from, int bytes)
{
    uint64_t value = 0;

    for (int i = 0; i < bytes; i++)
        value = value << 8 | (unsigned char)from[i];
    return bytes == 4 ? (int32_t)(uint32_t)value : (int64_t)value;
}

static const struct record_header *
find(const struct record *record, const char *name)
{
    for (int i = record->header_count - 1; i >= 0; i--)
        if (strcmp(record->headers[i].name, name) == 0)
            return &record->headers[i];
    return NULL;
}

const char *
record_text(const struct record *record, const char *name)
{
    const struct record_header *header = find(record, name);

    if (header == NULL || header->value == NULL || header->size > 256 || strlen(header->value) != header->size
        || !text_is_utf8(header->value, header->size))
        return NULL;
    return header->value;
}

const char *
record_type(const struct record *record)
{
    return record_text(record, "ce_type");
}

const char *
record_id(const struct record *record)
{
    return record_text(record, "ce_id");
}

int
record_number(const struct record *record, const char *name, int bytes, int64_t *number)
{
    const struct record_header *header = find(record, name);

    if (header == NULL || header->value == NULL || header->size != (size_t)bytes)
        return -1;
    *number = record_get_number(header->value, bytes);
    return 0;
}

static bool
key_is(const struct record *record, const char *subject)
{
    return record->key != NULL && record->key_size == strlen(subject)
           && memcmp(record->key, subject, record->key_size) == 0;
}

const char *
record_read(const struct record *record, struct arena *arena, struct envelope *in)
{
    const char *version = record_text(record, "ce_specversion"), *type = record_type(record);
    const char *sequence = record_text(record, "ce_sequence");

    *in = (struct envelope){
        .id = record_id(record),
        .subject = record_text(record, "ce_subject"),
        .source = record_text(record, "ce_source"),
        .causation = record_text(record, "ce_causationid"),
        .traceparent = record_text(record, "traceparent"),
        .topic = record->topic,
        .partition = record->partition,
        .offset = record->offset,
    };
    if (version == NULL || strcmp(version, "1.0") != 0 || type == NULL || in->source == NULL)
        return "not_a_cloudevent";
    if (in->id == NULL || !uuid_is_valid(in->id))
        return "malformed_id";
    if (in->subject == NULL || !uuid_is_valid(in->subject) || !key_is(record, in->subject))
        return "malformed_subject";
    if (record->value == NULL || record->value_size == 0 || memchr(record->value, '\0', record->value_size) != NULL
        || !text_is_utf8(record->value, record->value_size))
        return "malformed_value";
    if (sequence != NULL && text_parse_int(sequence, 0, INT64_MAX, &in->sequence) != 0)
        return "malformed_sequence";
    in->type = envelope_type_parse(type);
    if (in->type != NO_TYPE && envelope_topic(in->type) != record->topic)
        return "event_on_wrong_topic";
    in->data = arena_bytes(arena, record->value, record->value_size);
    in->data_size = record->value_size;
    return NULL;
}
