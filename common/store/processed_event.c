#include "processed_event.h"

#include "../base/envelope.h"
#include "db.h"

bool
processed_event_add(struct db *db, const struct envelope *in)
{
    static const char sql[] =
        "INSERT INTO processed_event (event_id, outcome, processed_at) VALUES (:event_id, 'DONE', :processed_at)"
        " ON CONFLICT DO NOTHING";

    return db_run(db, sql, FIELDS(TEXT("event_id", in->id), INT("processed_at", in->received_at))) == 1;
}

bool
processed_event_revive(struct db *db, const struct envelope *in)
{
    static const char sql[] =
        "INSERT INTO processed_event (event_id, outcome, processed_at) VALUES (:event_id, 'DONE', :processed_at)"
        " ON CONFLICT DO UPDATE SET outcome = 'DONE', processed_at = excluded.processed_at WHERE outcome = 'DEAD'";

    return db_run(db, sql, FIELDS(TEXT("event_id", in->id), INT("processed_at", in->received_at))) == 1;
}

void
processed_event_mark_dead(struct db *db, const struct envelope *in)
{
    static const char sql[] =
        "INSERT INTO processed_event (event_id, outcome, processed_at) VALUES (:event_id, 'DEAD', :processed_at)"
        " ON CONFLICT DO NOTHING";

    db_run(db, sql, FIELDS(TEXT("event_id", in->id), INT("processed_at", in->received_at)));
}

int64_t
processed_event_oldest(struct db *db)
{
    static const char sql[] =
        "SELECT processed_at FROM processed_event WHERE outcome = 'DONE' ORDER BY processed_at LIMIT 1";

    return db_number(db, sql, NULL, INT64_MAX);
}

int
processed_event_prune(struct db *db, int64_t before, int limit)
{
    static const char sql[] =
        "DELETE FROM processed_event WHERE event_id IN ("
        " SELECT event_id FROM processed_event WHERE outcome = 'DONE' AND processed_at < :before"
        "  ORDER BY processed_at LIMIT :limit)";

    return db_run(db, sql, FIELDS(INT("before", before), INT("limit", limit)));
}
