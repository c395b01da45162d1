#include "records.h"

#include "../../common/base/memory.h"
#include "../../common/base/text.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- fingerprints: FNV-1a, 64 bits ---- */

static const uint64_t basis = UINT64_C(0xcbf29ce484222325);

/* A part ends with a byte that no UTF-8 has, so that "ab" "c" is not "a" "bc". */
static uint64_t
add_bytes(uint64_t hash, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t
add_text(uint64_t hash, const char *text)
{
    return text == NULL ? add_bytes(hash, "", 0) : add_bytes(hash, text, strlen(text));
}

static int64_t
content(const char *subject, const char *causation, const char *sequence, const char *value, size_t size)
{
    return (int64_t)add_bytes(add_text(add_text(add_text(basis, subject), causation), sequence), value, size);
}

/* What stands in for the id of a dead letter, which has that of the event it is about, or none. */
enum { LETTER_ID = 24 };

static void
letter_id(const char *packed, size_t size, char id[LETTER_ID])
{
    snprintf(id, LETTER_ID, "letter %016" PRIx64, add_bytes(basis, packed, size));
}

static void
said_as(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    const char *texts[4];

    for (int i = 0; i < count; i++)
        texts[i] = (const char *)sqlite3_value_text(arguments[i]);
    sqlite3_result_int64(context, content(texts[0], texts[1], texts[2], texts[3], (size_t)sqlite3_value_bytes(arguments[3])));
}

static void
packed_as(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    char id[LETTER_ID];

    (void)count;
    letter_id(sqlite3_value_blob(arguments[0]), (size_t)sqlite3_value_bytes(arguments[0]), id);
    sqlite3_result_text(context, id, -1, SQLITE_TRANSIENT);
}

void
records_functions(sqlite3 *sqlite)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

    sqlite3_create_function(sqlite, "said_as", 4, flags, NULL, said_as, NULL, NULL);
    sqlite3_create_function(sqlite, "packed_as", 1, flags, NULL, packed_as, NULL, NULL);
}

/* ---- tables ---- */

void
records_init(struct records *records, sqlite3 *sqlite)
{
    static const char tables[] =
        "CREATE TEMP TABLE log (topic INTEGER, partition INTEGER, low INTEGER, high INTEGER,"
        "                       PRIMARY KEY (topic, partition)) STRICT, WITHOUT ROWID;"
        "CREATE TEMP TABLE record (event_id TEXT, topic INTEGER, partition INTEGER, record_offset INTEGER, at INTEGER,"
        "                          type TEXT, key TEXT, content INTEGER,"
        "                          PRIMARY KEY (event_id, topic, partition, record_offset)) STRICT, WITHOUT ROWID;"
        "CREATE TEMP VIEW topic (topic, name) AS VALUES (0, 'orders'), (1, 'payments'), (2, 'notifications'),"
        "                                               (3, 'orders.DLT'), (4, 'payments.DLT'), (5, 'notifications.DLT')";
    static const char sql[] = "INSERT INTO temp.record VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

    *records = (struct records){ .sqlite = sqlite, .arena = memory_new(1, sizeof(*records->arena)) };
    arena_init(records->arena);
    sqlite3_exec(sqlite, tables, NULL, NULL, NULL);
    sqlite3_prepare_v2(sqlite, sql, -1, &records->insert, NULL);
}

void
records_release(struct records *records)
{
    if (records->arena == NULL)
        return;
    sqlite3_finalize(records->insert);
    arena_release(records->arena);
    free(records->arena);
}

void
records_add_log(struct records *records, enum topic topic, int partition, int64_t low, int64_t high)
{
    char sql[120];

    snprintf(sql, sizeof(sql), "INSERT INTO temp.log VALUES (%d, %d, %" PRId64 ", %" PRId64 ")", (int)topic, partition, low,
             high);
    sqlite3_exec(records->sqlite, sql, NULL, NULL, NULL);
}

/* NULL if the key is no text of ours. */
static const char *
key_text(const struct record *record, struct arena *arena)
{
    if (record->key == NULL || memchr(record->key, '\0', record->key_size) != NULL
        || !text_is_utf8(record->key, record->key_size))
        return NULL;
    return arena_bytes(arena, record->key, record->key_size);
}

static const char *
id_of(const struct record *record, struct arena *arena)
{
    const char *packed;
    char *id = arena_alloc(arena, LETTER_ID);
    size_t size;

    if (record->topic < TOPICS)
        return record_id(record) == NULL ? "" : record_id(record);
    packed = record_pack(record, arena, &size);
    letter_id(packed, size, id);
    return id;
}

int
records_add(struct records *records, const struct record *record)
{
    const char *subject = record_text(record, "ce_subject"), *causation = record_text(record, "ce_causationid");
    const char *sequence = record_text(record, "ce_sequence");
    sqlite3_stmt *insert = records->insert;

    arena_reset(records->arena);
    sqlite3_bind_text(insert, 1, id_of(record, records->arena), -1, SQLITE_STATIC);
    sqlite3_bind_int(insert, 2, (int)record->topic);
    sqlite3_bind_int(insert, 3, record->partition);
    sqlite3_bind_int64(insert, 4, record->offset);
    sqlite3_bind_int64(insert, 5, record->timestamp);
    sqlite3_bind_text(insert, 6, record_type(record), -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 7, key_text(record, records->arena), -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 8, content(subject, causation, sequence, record->value == NULL ? "" : record->value,
                                          record->value_size));
    sqlite3_step(insert);
    return sqlite3_reset(insert) == SQLITE_OK ? 0 : -1;
}

int
records_home(const struct record *record)
{
    int64_t partition;

    if (record->topic >= TOPICS && record_number(record, "kafka_dlt-original-partition", 4, &partition) == 0
        && partition >= 0)
        return (int)partition;
    return record->partition;
}
