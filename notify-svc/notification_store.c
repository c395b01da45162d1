#include "notification_store.h"

#include "../common/outside.h"
#include "../common/store/db.h"
#include "../common/store/outbox.h"
#include "notification_metrics.h"

bool
notification_insert(struct db *db, const struct envelope *in, const struct notification *notification)
{
    static const char sql[] =
        "INSERT INTO notification (order_id, kind, notification_id, customer_id, channel, status, text, tries,"
        "                          created_at, done_at, next_try_at, traceparent)"
        " VALUES (:order_id, :kind, :notification_id, :customer_id, :channel, :status, :text, 0,"
        "         :at, iif(:status = 'PENDING', NULL, :at), iif(:status = 'PENDING', :at, NULL), :traceparent)"
        " ON CONFLICT DO NOTHING";

    if (db_run(db, sql,
                  FIELDS(TEXT("order_id", notification->order_id), TEXT("kind", notification->kind),
                         TEXT("notification_id", notification->notification_id),
                         TEXT("customer_id", notification->customer_id), TEXT("channel", notification->channel),
                         TEXT("status", notification->status), TEXT("text", notification->text),
                         INT("at", in->received_at), TEXT("traceparent", notification->traceparent))) == 0)
        return false;
    notification_count_status(db, notification->status);
    return true;
}

bool
notification_end_if_pending(struct db *db, const struct envelope *in, const char *kind, const char *status)
{
    static const char sql[] =
        "UPDATE notification SET status = :status, tries = tries + 1, done_at = :at, next_try_at = NULL"
        " WHERE order_id = :order_id AND kind = :kind AND status = 'PENDING'";

    if (db_run(db, sql,
                  FIELDS(TEXT("status", status), INT("at", in->received_at), TEXT("order_id", in->subject),
                         TEXT("kind", kind))) == 0)
        return false;
    notification_count_status(db, status);
    return true;
}

bool
notification_postpone(struct db *db, const struct envelope *in, const char *kind, int64_t wait_ms)
{
    static const char sql[] =
        "UPDATE notification SET tries = tries + 1, next_try_at = :next_try_at"
        " WHERE order_id = :order_id AND kind = :kind AND status = 'PENDING'";

    return db_run(db, sql,
                  FIELDS(INT("next_try_at", in->received_at + wait_ms), TEXT("order_id", in->subject),
                         TEXT("kind", kind))) == 1;
}

void
notifications_due(struct db *db, int64_t now_ms, int limit, void (*each)(void *, const struct call *), void *context)
{
    static const char sql[] =
        "SELECT notification_id, order_id, kind, traceparent, tries,"
        "       json_object('notification_id', notification_id, 'order_id', order_id, 'kind', kind,"
        "                   'customer_id', customer_id, 'text', text)"
        "  FROM notification WHERE status = 'PENDING' AND next_try_at <= :now ORDER BY next_try_at LIMIT :limit";
    struct rows *rows = db_select(db, sql, FIELDS(INT("now", now_ms), INT("limit", limit)));

    while (rows_next(rows)) {
        struct call call = {
            .id = rows_text(rows, 0),
            .subject = rows_text(rows, 1),
            .kind = rows_text(rows, 2),
            .traceparent = rows_text(rows, 3),
            .tries = rows_int(rows, 4),
            .body = rows_text(rows, 5),
        };

        each(context, &call);
    }
}

int64_t
notifications_pending(struct db *db)
{
    static const char sql[] = "SELECT count(*) FROM notification WHERE status = 'PENDING'";

    return db_number(db, sql, NULL, 0);
}

struct outcome
notification_say(struct db *db, const struct envelope *in, const char *kind, enum envelope_type type)
{
    static const char sql[] =
        "SELECT json_object('notification_id', notification_id, 'order_id', order_id, 'kind', kind,"
        "                   'customer_id', customer_id, 'channel', channel), 1"
        "  FROM notification WHERE order_id = :order_id AND kind = :kind";

    return outbox_say(db, in, type, in->subject, sql, FIELDS(TEXT("order_id", in->subject), TEXT("kind", kind)));
}

const char *
notifications_json(struct db *db, const char *order_id)
{
    static const char sql[] =
        "SELECT json_object('notifications', json_group_array(json_object("
        "           'notification_id', notification_id, 'order_id', order_id, 'kind', kind,"
        "           'customer_id', customer_id, 'channel', channel, 'status', status, 'text', text, 'tries', tries,"
        "           'created_at', rfc3339(created_at),"
        "           'done_at', rfc3339(done_at),"
        "           'next_try_at', rfc3339(next_try_at))))"
        "  FROM (SELECT * FROM notification WHERE order_id = :order_id ORDER BY created_at, kind)";

    return db_text(db, sql, FIELDS(TEXT("order_id", order_id)));
}

void
notification_timeline(struct db *db, const char *order_id, void (*each)(void *, int64_t, const char *), void *context)
{
    static const char sql[] =
        "SELECT created_at, 'notification of kind ' || kind || ' begun (' || channel || ')'"
        "  FROM notification WHERE order_id = :order_id"
        " UNION ALL"
        " SELECT done_at, 'notification of kind ' || kind || ' is ' || status || ': ' || text"
        "  FROM notification WHERE order_id = :order_id AND done_at IS NOT NULL";
    struct rows *rows = db_select(db, sql, FIELDS(TEXT("order_id", order_id)));

    while (rows_next(rows))
        each(context, rows_int(rows, 0), rows_text(rows, 1));
    rows_end(rows);
}
