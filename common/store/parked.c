#include "parked.h"

#include "db.h"
#include "outbox.h"

#include <string.h>

/* What a row keeps when it moves. */
#define KEPT "event_id, type, subject, partition, sequence, causation, traceparent, said_at, data, packed"
/* Events go to the service's own topic; a dead letter's type is its topic. */
#define OF_TOPIC "(CASE WHEN packed IS NULL THEN :dead = 0 ELSE type = :topic END)"

static bool
move_one(struct db *db, int64_t seq, const char *state, const char *reason, int64_t now_ms)
{
    static const char sql[] =
        "INSERT INTO outbox_parked (seq, " KEPT ", state, reason, parked_at)"
        " SELECT seq, " KEPT ", :state, :reason, :now FROM outbox WHERE seq = :seq";
    static const char gone[] = "DELETE FROM outbox WHERE seq = :seq";

    if (db_run(db, sql,
               FIELDS(TEXT("state", state), TEXT("reason", reason), INT("now", now_ms), INT("seq", seq))) == 0)
        return false;
    db_run(db, gone, FIELDS(INT("seq", seq)));
    return true;
}

bool
parked_add(struct db *db, int64_t seq, const char *reason, int64_t now_ms)
{
    if (!move_one(db, seq, "PARKED", reason, now_ms))
        return false;
    parked_keep_behind(db, seq, now_ms);
    return true;
}

bool
parked_abandon(struct db *db, int64_t seq, const char *reason, int64_t now_ms)
{
    return move_one(db, seq, "ABANDONED", reason, now_ms);
}

void
parked_drop(struct db *db, int64_t seq)
{
    static const char sql[] = "DELETE FROM outbox WHERE seq = :seq";

    db_run(db, sql, FIELDS(INT("seq", seq)));
}

void
parked_topic(struct db *db, enum topic topic, int64_t after, const char *reason, int64_t now_ms)
{
    static const char sql[] =
        "INSERT INTO outbox_parked (seq, " KEPT ", state, reason, parked_at)"
        " SELECT seq, " KEPT ", 'WAITING_TOPIC', :reason, :now FROM outbox WHERE seq > :after AND " OF_TOPIC;
    static const char gone[] = "DELETE FROM outbox WHERE seq > :after AND " OF_TOPIC;

    db_run(db, sql,
           FIELDS(TEXT("reason", reason), INT("now", now_ms), INT("after", after), INT("dead", topic >= TOPICS),
                  TEXT("topic", topic_name(topic))));
    db_run(db, gone, FIELDS(INT("after", after), INT("dead", topic >= TOPICS), TEXT("topic", topic_name(topic))));
}

/* A key first, then a topic: a row that waits behind its key must not go with its topic. */
void
parked_keep_behind(struct db *db, int64_t after, int64_t now_ms)
{
    static const char sql[] =
        "INSERT INTO outbox_parked (seq, " KEPT ", state, reason, parked_at)"
        " SELECT seq, " KEPT ", state, 'behind', :now"
        "   FROM (SELECT *, CASE WHEN EXISTS (SELECT 1 FROM outbox_parked p WHERE p.subject = outbox.subject AND p.seq < outbox.seq"
        "                                        AND (p.state = 'PARKED' OR p.state = 'WAITING')) THEN 'WAITING'"
        "                        WHEN EXISTS (SELECT 1 FROM outbox_parked p WHERE p.state = 'WAITING_TOPIC'"
        "                                        AND (CASE WHEN outbox.packed IS NULL THEN p.packed IS NULL"
        "                                                  ELSE p.type = outbox.type END)) THEN 'WAITING_TOPIC' END"
        "                   AS state FROM outbox WHERE seq > :after)"
        "  WHERE state IS NOT NULL";
    static const char gone[] =
        "DELETE FROM outbox WHERE seq > :after AND seq IN (SELECT seq FROM outbox_parked WHERE seq > :after)";

    db_run(db, sql, FIELDS(INT("now", now_ms), INT("after", after)));
    db_run(db, gone, FIELDS(INT("after", after)));
}

int64_t
parked_count(struct db *db)
{
    static const char sql[] =
        "SELECT count(*) FROM outbox_parked WHERE state = 'PARKED' OR state = 'WAITING' OR state = 'WAITING_TOPIC'";

    return db_number(db, sql, NULL, 0);
}

/* States that there may be many rows of have a partial index each, which SQLite finds for a state that is written out. */
int64_t
parked_count_state(struct db *db, const char *state)
{
    static const char parked[] = "SELECT count(*) FROM outbox_parked WHERE state = 'PARKED'";
    static const char waiting[] = "SELECT count(*) FROM outbox_parked WHERE state = 'WAITING'";
    static const char waiting_topic[] = "SELECT count(*) FROM outbox_parked WHERE state = 'WAITING_TOPIC'";
    static const char any[] = "SELECT count(*) FROM outbox_parked WHERE state = :state";

    if (strcmp(state, "PARKED") == 0)
        return db_number(db, parked, NULL, 0);
    if (strcmp(state, "WAITING") == 0)
        return db_number(db, waiting, NULL, 0);
    if (strcmp(state, "WAITING_TOPIC") == 0)
        return db_number(db, waiting_topic, NULL, 0);
    return db_number(db, any, FIELDS(TEXT("state", state)), 0);
}

bool
parked_topic_first(struct db *db, enum topic topic, bool (*each)(void *, int64_t, const struct envelope *),
                   void *context)
{
    static const char sql[] = "SELECT " OUTBOX_COLUMNS " FROM outbox_parked WHERE state = 'WAITING_TOPIC' AND " OF_TOPIC
                              " ORDER BY seq LIMIT 1";
    struct rows *rows =
        db_select(db, sql, FIELDS(INT("dead", topic >= TOPICS), TEXT("topic", topic_name(topic))));
    bool found = rows_next(rows);

    if (found) {
        struct envelope out = outbox_row(db, rows);

        each(context, rows_int(rows, 0), &out);
    }
    rows_end(rows);
    return found;
}

/* Everything of the key that is parked or waits goes to the end of the outbox. */
static void
return_key(struct db *db, const char *subject)
{
    static const char sql[] =
        "INSERT INTO outbox (" KEPT ")"
        " SELECT " KEPT " FROM outbox_parked"
        "  WHERE subject = :subject AND (state = 'PARKED' OR state = 'WAITING') ORDER BY seq";
    static const char gone[] =
        "DELETE FROM outbox_parked WHERE subject = :subject AND (state = 'PARKED' OR state = 'WAITING')";

    db_run(db, sql, FIELDS(TEXT("subject", subject)));
    db_run(db, gone, FIELDS(TEXT("subject", subject)));
}

static const char *
parked_subject(struct db *db, int64_t seq)
{
    static const char sql[] = "SELECT subject FROM outbox_parked WHERE seq = :seq AND state = 'PARKED'";

    return db_text(db, sql, FIELDS(INT("seq", seq)));
}

bool
parked_retry(struct db *db, int64_t seq)
{
    const char *subject = parked_subject(db, seq);

    if (subject == NULL)
        return false;
    return_key(db, subject);
    return true;
}

bool
parked_skip(struct db *db, int64_t seq, int64_t now_ms)
{
    static const char sql[] = "UPDATE outbox_parked SET state = 'SKIPPED', parked_at = :now WHERE seq = :seq";
    const char *subject = parked_subject(db, seq);

    if (subject == NULL)
        return false;
    db_run(db, sql, FIELDS(INT("now", now_ms), INT("seq", seq)));
    return_key(db, subject);
    return true;
}

int
parked_topic_return(struct db *db, enum topic topic)
{
    static const char sql[] =
        "INSERT INTO outbox (" KEPT ")"
        " SELECT " KEPT " FROM outbox_parked WHERE state = 'WAITING_TOPIC' AND " OF_TOPIC " ORDER BY seq";
    static const char gone[] = "DELETE FROM outbox_parked WHERE state = 'WAITING_TOPIC' AND " OF_TOPIC;
    int count = db_run(db, sql, FIELDS(INT("dead", topic >= TOPICS), TEXT("topic", topic_name(topic))));

    db_run(db, gone, FIELDS(INT("dead", topic >= TOPICS), TEXT("topic", topic_name(topic))));
    return count;
}
