#include "dead_letter.h"

#include "../base/memory.h"
#include "../base/uuid.h"
#include "db.h"

#include <stdio.h>
#include <string.h>

/* ---- as a record: the names of headers are those of Spring Kafka's DeadLetterPublishingRecoverer ---- */

enum { OWN_HEADERS = 8 };

static const char original_topic[] = "kafka_dlt-original-topic";
static const char original_partition[] = "kafka_dlt-original-partition";
static const char original_offset[] = "kafka_dlt-original-offset";
static const char original_timestamp[] = "kafka_dlt-original-timestamp";
static const char original_group[] = "kafka_dlt-original-consumer-group";
static const char exception_code[] = "kafka_dlt-exception-fqcn";
static const char exception_message[] = "kafka_dlt-exception-message";
static const char cluster_name[] = "dlt-cluster";            /* ours: an offset means something on one broker only */

static struct record_header
text_header(const char *name, const char *text)
{
    return (struct record_header){ name, text, strlen(text) };
}

static struct record_header
number_header(const char *name, int bytes, int64_t number, struct arena *arena)
{
    char *value = arena_alloc(arena, (size_t)bytes + 1);

    record_put_number(value, bytes, number);
    value[bytes] = '\0';
    return (struct record_header){ name, value, (size_t)bytes };
}

struct record
dead_letter_record(const struct dead_letter *letter, struct arena *arena)
{
    struct record record = letter->record;
    struct record_header *headers =
        arena_alloc(arena, (size_t)(record.header_count + OWN_HEADERS) * sizeof(*headers));
    struct record_header *own = headers + record.header_count;

    if (record.header_count > 0)
        memcpy(headers, record.headers, (size_t)record.header_count * sizeof(*headers));
    own[0] = text_header(original_topic, letter->original_topic);
    own[1] = number_header(original_partition, 4, letter->record.partition, arena);
    own[2] = number_header(original_offset, 8, letter->record.offset, arena);
    own[3] = number_header(original_timestamp, 8, letter->record.timestamp, arena);
    own[4] = text_header(original_group, letter->group);
    own[5] = text_header(exception_code, letter->reason);
    own[6] = text_header(exception_message, letter->message);
    own[7] = text_header(cluster_name, letter->cluster);
    record.headers = headers;
    record.header_count += OWN_HEADERS;
    record.timestamp = letter->received_at;
    return record;
}

/* A message of up to 1 KB is longer than record_text takes. */
static const char *
message_of(const struct record *record, struct arena *arena)
{
    for (int i = record->header_count - 1; i >= 0; i--)
        if (strcmp(record->headers[i].name, exception_message) == 0 && record->headers[i].value != NULL)
            return arena_bytes(arena, record->headers[i].value, record->headers[i].size);
    return "";
}

/* Ours are the last ones: a dead letter that is set aside again would have two sets of them. */
static int
own_headers(const struct record *record)
{
    int first = record->header_count - OWN_HEADERS;

    return first >= 0 && strcmp(record->headers[first].name, original_topic) == 0 ? first : -1;
}

bool
dead_letter_read(const struct record *record, const char *group, struct arena *arena, struct dead_letter *letter)
{
    const char *theirs = record_text(record, original_group);
    int first = own_headers(record);
    int64_t partition;

    *letter = (struct dead_letter){
        .record = *record,
        .reason = record_text(record, exception_code),
        .message = message_of(record, arena),
        .group = theirs,
        .original_topic = record_text(record, original_topic),
        .cluster = record_text(record, cluster_name),
        .received_at = record->timestamp,
    };
    if (theirs == NULL || strcmp(theirs, group) != 0 || first < 0 || letter->reason == NULL || letter->cluster == NULL
        || record_number(record, original_partition, 4, &partition) != 0
        || record_number(record, original_offset, 8, &letter->record.offset) != 0
        || record_number(record, original_timestamp, 8, &letter->record.timestamp) != 0)
        return false;
    letter->record.header_count = first;
    letter->record.partition = (int)partition;
    letter->record.topic = (enum topic)(record->topic % TOPICS);
    return true;
}

/* ---- kept ---- */

void
dead_letter_keep(struct db *db, const struct dead_letter *letter)
{
    static const char sql[] =
        "INSERT INTO dead_letter (reason, message, cluster, topic, partition, record_offset, record_time, event_id,"
        "                         type, subject, key, value, headers, received_at)"
        " VALUES (:reason, :message, :cluster, :topic, :partition, :record_offset, :record_time, :event_id, :type,"
        "         :subject, :key, :value, :headers, :received_at)"
        " ON CONFLICT DO NOTHING";
    const struct record *record = &letter->record;
    const char *id = record_id(record);
    size_t size;
    const char *headers = record_pack_headers(record, db_scratch(db), &size);

    db_run(db, sql,
           FIELDS(TEXT("reason", letter->reason), TEXT("message", letter->message), TEXT("cluster", letter->cluster),
                  TEXT("topic", topic_name(record->topic)), INT("partition", record->partition),
                  INT("record_offset", record->offset), INT("record_time", record->timestamp),
                  TEXT("event_id", id != NULL && uuid_is_valid(id) ? id : NULL),      /* else it is known by its place */
                  TEXT("type", record_type(record)), TEXT("subject", record_text(record, "ce_subject")),
                  BLOB("key", record->key, record->key_size), BLOB("value", record->value, record->value_size),
                  BLOB("headers", headers, size), INT("received_at", letter->received_at)));
}

static const char *
blob(struct db *db, struct rows *rows, int column, size_t *size)
{
    const char *bytes = rows_peek(rows, column, size);

    return rows_is_null(rows, column) ? NULL : arena_bytes(db_scratch(db), bytes, *size);
}

static void
read_letter(struct db *db, struct rows *rows, struct kept_letter *letter)
{
    struct record *record = &letter->record;
    const char *headers;
    size_t size;

    letter->open = strcmp(rows_text(rows, 0), "OPEN") == 0;
    letter->reason = rows_text(rows, 1);
    letter->event_id = rows_text(rows, 2);
    topic_parse(rows_text(rows, 3), &record->topic);
    record->partition = (int)rows_int(rows, 4);
    record->offset = rows_int(rows, 5);
    record->timestamp = rows_int(rows, 6);
    record->key = blob(db, rows, 7, &record->key_size);
    record->value = blob(db, rows, 8, &record->value_size);
    headers = rows_peek(rows, 9, &size);
    letter->has_headers = !rows_is_null(rows, 9)
                          && record_unpack_headers(headers, size, db_scratch(db), record) == 0;
}

bool
dead_letter_load(struct db *db, int64_t id, struct kept_letter *letter)
{
    static const char sql[] =
        "SELECT state, reason, event_id, topic, partition, record_offset, record_time, key, value, headers"
        "  FROM dead_letter WHERE dead_letter_id = :id";
    struct rows *rows = db_select(db, sql, FIELDS(INT("id", id)));
    bool found = rows_next(rows);

    *letter = (struct kept_letter){ .id = id };
    if (found)
        read_letter(db, rows, letter);
    rows_end(rows);
    return found;
}

bool
dead_letter_close(struct db *db, int64_t id, const char *state)
{
    static const char sql[] = "UPDATE dead_letter SET state = :state WHERE dead_letter_id = :id AND state = 'OPEN'";

    return db_run(db, sql, FIELDS(TEXT("state", state), INT("id", id))) == 1;
}

void
dead_letter_count_try(struct db *db, int64_t id)
{
    static const char sql[] = "UPDATE dead_letter SET tries = tries + 1 WHERE dead_letter_id = :id";

    db_run(db, sql, FIELDS(INT("id", id)));
}

int64_t
dead_letter_count_open(struct db *db)
{
    static const char sql[] = "SELECT count(*) FROM dead_letter WHERE state = 'OPEN'";

    return db_number(db, sql, NULL, 0);
}
