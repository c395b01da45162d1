#include "outbox.h"

#include "../base/envelope.h"
#include "../base/uuid.h"
#include "db.h"

#include <assert.h>
#include <string.h>

struct outcome
outbox_add(struct db *db, struct envelope out)
{
    static const char sql[] =
        "INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, traceparent, said_at, data)"
        " VALUES (:event_id, :type, :subject, :partition, :sequence, :causation, :traceparent, :said_at, :data)";
    struct db_context *context = db_context(db);
    char id[UUID_TEXT];

    assert(context->may_emit >> out.type & 1);
    uuid_new(context->ids, out.time, id);
    db_run(db, sql,
           FIELDS(TEXT("event_id", id), TEXT("type", envelope_type_name(out.type)), TEXT("subject", out.subject),
                  INT("partition", shard_partition(&context->shard, out.subject)),
                  INT("sequence", out.sequence), TEXT("causation", out.causation),
                  TEXT("traceparent", out.traceparent), INT("said_at", out.time), TEXT("data", out.data)));
    return DONE;
}

void
outbox_add_dead_letter(struct db *db, enum topic topic, int partition, const char *about, const char *packed,
                       size_t size, int64_t now_ms)
{
    static const char sql[] =
        "INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data, packed)"
        " VALUES (:event_id, :type, :subject, :partition, 0, 'dead_letter', :said_at, '', :packed)";
    char id[UUID_TEXT];

    uuid_new(db_context(db)->ids, now_ms, id);
    db_run(db, sql,
           FIELDS(TEXT("event_id", id), TEXT("type", topic_name(topic)), TEXT("subject", about),
                  INT("partition", partition), INT("said_at", now_ms), BLOB("packed", packed, size)));
}

struct outcome
outbox_say(struct db *db, const struct envelope *in, enum envelope_type type, const char *subject, const char *sql,
           const struct field *fields)
{
    struct rows *rows = db_select(db, sql, fields);
    bool found = rows_next(rows);
    const char *data = found ? rows_text(rows, 0) : NULL;
    int64_t version = found ? rows_int(rows, 1) : 0;

    rows_end(rows);
    if (data == NULL)
        return RETRY("database_failure");
    return outbox_add(db, envelope_answer(in, type, subject, version, data));
}

int64_t
outbox_last_seq(struct db *db)
{
    static const char sql[] = "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'";

    return db_number(db, sql, NULL, 0);
}

int64_t
outbox_oldest_after(struct db *db, int64_t seq)
{
    static const char sql[] = "SELECT said_at FROM outbox WHERE seq > :seq ORDER BY seq LIMIT 1";

    return db_number(db, sql, FIELDS(INT("seq", seq)), 0);
}

static const char *
peek_text(struct rows *rows, int column)
{
    size_t size;

    return rows_peek(rows, column, &size);
}

struct envelope
outbox_row(struct db *db, struct rows *rows)
{
    const char *type = peek_text(rows, 2);
    struct envelope out = {
        .type = envelope_type_parse(type),
        .id = peek_text(rows, 1),
        .subject = peek_text(rows, 3),
        .partition = (int)rows_int(rows, 4),
        .sequence = rows_int(rows, 5),
        .causation = peek_text(rows, 6),
        .traceparent = peek_text(rows, 7),
        .time = rows_int(rows, 8),
        .source = db_context(db)->source,
    };

    out.data = rows_peek(rows, 9, &out.data_size);
    if (out.type != NO_TYPE) {
        out.topic = envelope_topic(out.type);
    } else {
        topic_parse(type, &out.topic);
        out.packed = rows_peek(rows, 10, &out.packed_size);
    }
    return out;
}

static int
hand_over(struct db *db, struct rows *rows, bool (*each)(void *, int64_t, const struct envelope *), void *context)
{
    bool more = true;
    int count = 0;

    while (more && rows_next(rows)) {
        struct envelope out = outbox_row(db, rows);

        more = each(context, rows_int(rows, 0), &out);
        count++;
    }
    rows_end(rows);
    return count;
}

int
outbox_read(struct db *db, int64_t after, int limit, bool (*each)(void *, int64_t, const struct envelope *),
            void *context)
{
    static const char sql[] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE seq > :after ORDER BY seq LIMIT :limit";

    return hand_over(db, db_select(db, sql, FIELDS(INT("after", after), INT("limit", limit))), each, context);
}

bool
outbox_read_one(struct db *db, int64_t seq, bool (*each)(void *, int64_t, const struct envelope *), void *context)
{
    static const char sql[] = "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE seq = :seq";

    return hand_over(db, db_select(db, sql, FIELDS(INT("seq", seq))), each, context) == 1;
}

int64_t
relay_cursor_load(struct db *db)
{
    static const char sql[] = "SELECT seq FROM relay_cursor";

    return db_number(db, sql, NULL, 0);
}

void
relay_cursor_store(struct db *db, int64_t seq)
{
    static const char sql[] = "UPDATE relay_cursor SET seq = :seq";

    db_run(db, sql, FIELDS(INT("seq", seq)));
}

int64_t
relay_cursor_rewind(struct db *db)
{
    static const char sql[] =
        "UPDATE relay_cursor SET seq = coalesce((SELECT min(seq) - 1 FROM outbox), seq)";

    db_run(db, sql, NULL);
    return relay_cursor_load(db);
}

int64_t
outbox_oldest_sent(struct db *db)
{
    static const char sql[] =
        "SELECT said_at FROM outbox WHERE seq <= (SELECT seq FROM relay_cursor) ORDER BY seq LIMIT 1";

    return db_number(db, sql, NULL, INT64_MAX);
}

int
outbox_prune(struct db *db, int64_t before, int limit)
{
    static const char sql[] =
        "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox ORDER BY seq LIMIT :limit)"
        "   AND said_at < :before AND seq <= (SELECT seq FROM relay_cursor)";

    return db_run(db, sql, FIELDS(INT("limit", limit), INT("before", before)));
}
