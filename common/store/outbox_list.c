#include "outbox_list.h"

#include "db.h"

#define SENT_UP_TO "(SELECT seq FROM relay_cursor)"
#define COLUMNS "seq, said_at, type, subject, event_id, causation, data, partition"
#define OF_OUTBOX COLUMNS ", iif(seq <= " SENT_UP_TO ", 'SENT', 'PENDING') AS state, NULL AS reason FROM outbox"
#define OF_PARKED COLUMNS ", state, reason FROM outbox_parked"

static struct outbox_entry
read_entry(struct rows *rows)
{
    return (struct outbox_entry){
        .seq = rows_int(rows, 0),
        .said_at = rows_int(rows, 1),
        .type = rows_text(rows, 2),
        .subject = rows_text(rows, 3),
        .event_id = rows_text(rows, 4),
        .causation = rows_text(rows, 5),
        .data = rows_text(rows, 6),
        .partition = (int)rows_int(rows, 7),
        .state = rows_text(rows, 8),
        .reason = rows_text(rows, 9),
    };
}

static void
hand_over(struct rows *rows, void (*each)(void *, const struct outbox_entry *), void *context)
{
    while (rows_next(rows)) {
        struct outbox_entry entry = read_entry(rows);

        each(context, &entry);
    }
    rows_end(rows);
}

void
outbox_list(struct db *db, const char *state, int limit, void (*each)(void *, const struct outbox_entry *), void *context)
{
    static const char sql[] =
        "SELECT * FROM (SELECT " OF_OUTBOX " WHERE seq <= " SENT_UP_TO " AND :state = 'SENT' ORDER BY seq DESC LIMIT :limit)"
        " UNION ALL"
        " SELECT * FROM (SELECT " OF_PARKED
        "   WHERE iif(:state IS NULL, state <> 'ABANDONED' AND state <> 'SKIPPED', state = :state) ORDER BY seq LIMIT :limit)"
        " UNION ALL"
        " SELECT * FROM (SELECT " OF_OUTBOX
        "   WHERE seq > " SENT_UP_TO " AND (:state IS NULL OR :state = 'PENDING') ORDER BY seq LIMIT :limit)"
        " ORDER BY seq LIMIT :limit";

    hand_over(db_select(db, sql, FIELDS(TEXT("state", state), INT("limit", limit))), each, context);
}

void
outbox_list_about(struct db *db, const char *subject, void (*each)(void *, const struct outbox_entry *), void *context)
{
    static const char sql[] =
        "SELECT " OF_OUTBOX " WHERE subject = :subject AND seq > (SELECT coalesce(max(seq), 0) - 100000 FROM outbox)"
        " UNION ALL SELECT " OF_PARKED " WHERE subject = :subject ORDER BY seq";

    hand_over(db_select(db, sql, FIELDS(TEXT("subject", subject))), each, context);
}

bool
outbox_entry_get(struct db *db, int64_t seq, struct outbox_entry *entry)
{
    static const char sql[] =
        "SELECT " OF_OUTBOX " WHERE seq = :seq UNION ALL SELECT " OF_PARKED " WHERE seq = :seq";
    struct rows *rows = db_select(db, sql, FIELDS(INT("seq", seq)));
    bool found = rows_next(rows);

    if (found)
        *entry = read_entry(rows);
    rows_end(rows);
    return found;
}

#define IN_RANGE "seq >= :from AND seq <= min(:to, " SENT_UP_TO ") AND said_at >= :since"

int64_t
outbox_range_count(struct db *db, const struct outbox_range *range)
{
    static const char sql[] = "SELECT count(*) FROM outbox WHERE " IN_RANGE;

    return db_number(db, sql, FIELDS(INT("from", range->from), INT("to", range->to), INT("since", range->since)), 0);
}

int
outbox_republish(struct db *db, const struct outbox_range *range)
{
    static const char sql[] =
        "INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, traceparent, said_at, data, packed)"
        " SELECT event_id, type, subject, partition, sequence, causation, traceparent, said_at, data, packed"
        "   FROM outbox WHERE " IN_RANGE " ORDER BY seq";

    return db_run(db, sql, FIELDS(INT("from", range->from), INT("to", range->to), INT("since", range->since)));
}

int64_t
parked_keys(struct db *db)
{
    static const char sql[] = "SELECT count(DISTINCT subject) FROM outbox_parked WHERE state = 'PARKED'";

    return db_number(db, sql, NULL, 0);
}
