#include "attempt.h"

#include "db.h"

#include <stdio.h>

int64_t
attempts_count(struct db *db)
{
    static const char sql[] = "SELECT count(*) FROM attempt";

    return db_number(db, sql, NULL, 0);
}

struct attempt
attempt_get(struct db *db, const char *event_id)
{
    static const char sql[] =
        "SELECT tries, give_ups, crashes, first_at, reason FROM attempt WHERE event_id = :event_id";
    struct rows *rows = db_select(db, sql, FIELDS(TEXT("event_id", event_id)));
    struct attempt attempt = { 0 };

    if (rows_next(rows)) {
        attempt.tries = (int)rows_int(rows, 0);
        attempt.give_ups = (int)rows_int(rows, 1);
        attempt.crashes = (int)rows_int(rows, 2);
        attempt.first_at = rows_int(rows, 3);
        snprintf(attempt.reason, sizeof(attempt.reason), "%s", rows_text(rows, 4));
    }
    rows_end(rows);
    return attempt;
}

static void
add(struct db *db, const struct envelope *in, int tries, int give_ups, int crashes, const char *reason)
{
    static const char sql[] =
        "INSERT INTO attempt (event_id, topic, partition, record_offset, tries, give_ups, crashes, reason, first_at,"
        "                     last_at)"
        " VALUES (:event_id, :topic, :partition, :record_offset, :tries, :give_ups, :crashes, :reason, :at, :at)"
        " ON CONFLICT DO UPDATE SET tries = tries + excluded.tries, give_ups = give_ups + excluded.give_ups,"
        "   crashes = crashes + excluded.crashes, reason = excluded.reason, last_at = excluded.last_at";

    db_run(db, sql,
           FIELDS(TEXT("event_id", in->id), TEXT("topic", topic_name(in->topic)), INT("partition", in->partition),
                  INT("record_offset", in->offset), INT("tries", tries), INT("give_ups", give_ups),
                  INT("crashes", crashes), TEXT("reason", reason), INT("at", in->received_at)));
}

void
attempt_add_try(struct db *db, const struct envelope *in, const char *reason)
{
    add(db, in, 1, 0, 0, reason);
}

void
attempt_add_give_up(struct db *db, const struct envelope *in, const char *reason)
{
    add(db, in, 0, 1, 0, reason);
}

void
attempt_add_crash(struct db *db, const struct envelope *in, const char *reason)
{
    add(db, in, 0, 0, 1, reason);
}

void
attempt_forget(struct db *db, const char *event_id)
{
    static const char sql[] = "DELETE FROM attempt WHERE event_id = :event_id";

    db_run(db, sql, FIELDS(TEXT("event_id", event_id)));
}

void
attempts_forget_partition(struct db *db, enum topic topic, int partition)
{
    static const char sql[] = "DELETE FROM attempt WHERE topic = :topic AND partition = :partition";

    db_run(db, sql, FIELDS(TEXT("topic", topic_name(topic)), INT("partition", partition)));
}

void
attempts_forget_all(struct db *db)
{
    static const char sql[] = "DELETE FROM attempt";

    db_run(db, sql, NULL);
}

void
attempts_read(struct db *db, int limit, void (*each)(void *, const struct attempt_entry *), void *context)
{
    static const char sql[] =
        "SELECT topic, event_id, reason, partition, tries + give_ups + crashes, record_offset, last_at FROM attempt"
        " ORDER BY first_at LIMIT :limit";
    struct rows *rows = db_select(db, sql, FIELDS(INT("limit", limit)));

    while (rows_next(rows)) {
        struct attempt_entry entry = {
            .topic = rows_text(rows, 0),
            .event_id = rows_text(rows, 1),
            .reason = rows_text(rows, 2),
            .partition = (int)rows_int(rows, 3),
            .failures = (int)rows_int(rows, 4),
            .offset = rows_int(rows, 5),
            .last_at = rows_int(rows, 6),
        };

        each(context, &entry);
    }
    rows_end(rows);
}
