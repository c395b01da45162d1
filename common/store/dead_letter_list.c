#include "dead_letter_list.h"

#include "db.h"

#define COLUMNS \
    "dead_letter_id, state, reason, message, cluster, topic, partition, record_offset, event_id, type, subject, tries," \
    " received_at"

static struct letter_entry
read_entry(struct rows *rows)
{
    return (struct letter_entry){
        .id = rows_int(rows, 0),
        .state = rows_text(rows, 1),
        .reason = rows_text(rows, 2),
        .message = rows_text(rows, 3),
        .cluster = rows_text(rows, 4),
        .topic = rows_text(rows, 5),
        .partition = (int)rows_int(rows, 6),
        .offset = rows_int(rows, 7),
        .event_id = rows_text(rows, 8),
        .type = rows_text(rows, 9),
        .subject = rows_text(rows, 10),
        .tries = (int)rows_int(rows, 11),
        .received_at = rows_int(rows, 12),
    };
}

static void
hand_over(struct rows *rows, void (*each)(void *, const struct letter_entry *), void *context)
{
    while (rows_next(rows)) {
        struct letter_entry entry = read_entry(rows);

        each(context, &entry);
    }
    rows_end(rows);
}

void
dead_letters_list(struct db *db, const char *reason, const char *state, int limit,
                  void (*each)(void *, const struct letter_entry *), void *context)
{
    static const char sql[] =
        "SELECT " COLUMNS " FROM dead_letter"
        " WHERE (:reason IS NULL OR reason = :reason) AND (:state IS NULL OR state = :state)"
        " ORDER BY dead_letter_id LIMIT :limit";

    hand_over(db_select(db, sql, FIELDS(TEXT("reason", reason), TEXT("state", state), INT("limit", limit))), each,
              context);
}

void
dead_letters_about(struct db *db, const char *subject, void (*each)(void *, const struct letter_entry *), void *context)
{
    static const char sql[] = "SELECT " COLUMNS " FROM dead_letter WHERE subject = :subject ORDER BY dead_letter_id";

    hand_over(db_select(db, sql, FIELDS(TEXT("subject", subject))), each, context);
}

bool
dead_letter_entry_get(struct db *db, int64_t id, struct letter_entry *entry)
{
    static const char sql[] = "SELECT " COLUMNS " FROM dead_letter WHERE dead_letter_id = :id";
    struct rows *rows = db_select(db, sql, FIELDS(INT("id", id)));
    bool found = rows_next(rows);

    if (found)
        *entry = read_entry(rows);
    rows_end(rows);
    return found;
}

void
dead_letters_open_ids(struct db *db, const char *reason, int limit, void (*each)(void *, int64_t), void *context)
{
    static const char sql[] =
        "SELECT dead_letter_id FROM dead_letter WHERE state = 'OPEN' AND (:reason IS NULL OR reason = :reason)"
        " ORDER BY tries, dead_letter_id LIMIT :limit";
    struct rows *rows = db_select(db, sql, FIELDS(TEXT("reason", reason), INT("limit", limit)));

    while (rows_next(rows))
        each(context, rows_int(rows, 0));
    rows_end(rows);
}

void
dead_letters_by_reason(struct db *db, void (*each)(void *, const char *, int64_t), void *context)
{
    static const char sql[] =
        "SELECT reason, count(*) FROM dead_letter WHERE state = 'OPEN' GROUP BY reason ORDER BY 2 DESC, 1";
    struct rows *rows = db_select(db, sql, NULL);

    while (rows_next(rows))
        each(context, rows_text(rows, 0), rows_int(rows, 1));
    rows_end(rows);
}
