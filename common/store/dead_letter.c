#include "dead_letter.h"

#include "db.h"

void
dead_letter_add(struct db *db, const struct dead_letter *letter)
{
    static const char sql[] =
        "INSERT INTO dead_letter (reason, topic, partition, record_offset, event_id, type, key, value, headers,"
        "                         received_at)"
        " VALUES (:reason, :topic, :partition, :record_offset, :event_id, :type, :key, :value, :headers,"
        "         :received_at)"
        " ON CONFLICT DO NOTHING";

    db_run(db, sql,
           FIELDS(TEXT("reason", letter->reason), TEXT("topic", letter->topic), INT("partition", letter->partition),
                  INT("record_offset", letter->offset), TEXT("event_id", letter->event_id),
                  TEXT("type", letter->type), BLOB("key", letter->key, letter->key_size),
                  BLOB("value", letter->value, letter->value_size), TEXT("headers", letter->headers),
                  INT("received_at", letter->received_at)));
}

int64_t
dead_letter_count_open(struct db *db)
{
    static const char sql[] = "SELECT count(*) FROM dead_letter WHERE state = 'OPEN'";

    return db_number(db, sql, NULL, 0);
}
