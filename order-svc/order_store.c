#include "order_store.h"

#include "../common/store/db.h"
#include "../common/store/outbox.h"
#include "order_metrics.h"

#include <string.h>

static void
insert_item(struct db *db, const struct order *order, int line, const struct order_item *item)
{
    static const char sql[] =
        "INSERT INTO order_item (order_id, line, sku, quantity, unit_price)"
        " VALUES (:order_id, :line, :sku, :quantity, :unit_price)";

    db_run(db, sql,
           FIELDS(TEXT("order_id", order->order_id), INT("line", line), TEXT("sku", item->sku),
                  INT("quantity", item->quantity), INT("unit_price", item->unit_price)));
}

void
order_insert(struct db *db, const struct order *order)
{
    static const char sql[] =
        "INSERT INTO orders (order_id, customer_id, currency, amount, status, version, partition, created_seq,"
        "                    created_at, pay_by)"
        " VALUES (:order_id, :customer_id, :currency, :amount, 'CREATED', 1, :partition,"
        "         " OUTBOX_NEXT_SEQ ", :created_at, :pay_by)";

    db_run(db, sql,
           FIELDS(TEXT("order_id", order->order_id), TEXT("customer_id", order->customer_id),
                  TEXT("currency", order->currency), INT("amount", order->amount),
                  INT("partition", order->partition), INT("created_at", order->created_at),
                  INT("pay_by", order->pay_by)));
    for (int i = 0; i < order->item_count; i++)
        insert_item(db, order, i + 1, &order->items[i]);
}

enum order_status
order_status(struct db *db, const char *order_id)
{
    static const char sql[] = "SELECT status FROM orders WHERE order_id = :order_id";
    const char *status = db_text(db, sql, FIELDS(TEXT("order_id", order_id)));

    return status == NULL ? ORDER_STATUSES : order_status_parse(status);
}

/* ---- moves ---- */

void
order_history_add(struct db *db, const struct envelope *in, const char *order_id, enum order_status status,
                  const char *detail)
{
    static const char sql[] =
        "INSERT INTO order_history (order_id, at, what, status, detail, cause)"
        " VALUES (:order_id, :at, :what, :status, :detail, :cause)";
    const char *what = in->type != NO_TYPE ? envelope_type_name(in->type)
                       : strncmp(in->id, "timer:", 6) == 0 ? "timer"
                                                           : "request";

    db_run(db, sql,
           FIELDS(TEXT("order_id", order_id), INT("at", in->received_at), TEXT("what", what),
                  TEXT("status", order_status_name(status)), TEXT("detail", detail), TEXT("cause", in->id)));
}

static bool
moved(struct db *db, const struct envelope *in, const char *order_id, enum order_status to, const char *detail,
      int changes)
{
    if (changes == 0)
        return false;
    order_history_add(db, in, order_id, to, detail);
    order_count_status(db, in, order_id, to);
    return true;
}

bool
order_mark_paid_if_created(struct db *db, const struct envelope *in)
{
    static const char sql[] =
        "UPDATE orders SET status = 'PAID', version = version + 1"
        " WHERE order_id = :order_id AND status = 'CREATED'";

    return moved(db, in, in->subject, ORDER_IS_PAID, NULL, db_run(db, sql, FIELDS(TEXT("order_id", in->subject))));
}

bool
order_reject_if_created(struct db *db, const struct envelope *in, const char *reason)
{
    static const char sql[] =
        "UPDATE orders SET status = 'REJECTED', reason = :reason, version = version + 1"
        " WHERE order_id = :order_id AND status = 'CREATED'";

    return moved(db, in, in->subject, ORDER_IS_REJECTED, reason,
                 db_run(db, sql, FIELDS(TEXT("reason", reason), TEXT("order_id", in->subject))));
}

bool
order_cancel_if_created(struct db *db, const struct envelope *in, const char *order_id, const char *reason)
{
    static const char sql[] =
        "UPDATE orders SET status = 'CANCELLED', reason = :reason, version = version + 1"
        " WHERE order_id = :order_id AND status = 'CREATED'";

    return moved(db, in, order_id, ORDER_IS_CANCELLED, reason,
                 db_run(db, sql, FIELDS(TEXT("reason", reason), TEXT("order_id", order_id))));
}

/* A paid order was closed when its customer had been told; it opens again until the money is back. */
bool
order_cancel_if_open(struct db *db, const struct envelope *in, const char *order_id, const char *reason)
{
    static const char sql[] =
        "UPDATE orders SET status = 'CANCELLED', reason = :reason, closed_at = NULL, version = version + 1"
        " WHERE order_id = :order_id AND status IN ('CREATED', 'PAID')";

    return moved(db, in, order_id, ORDER_IS_CANCELLED, reason,
                 db_run(db, sql, FIELDS(TEXT("reason", reason), TEXT("order_id", order_id))));
}

bool
order_refund_if_cancelled(struct db *db, const struct envelope *in)
{
    static const char sql[] =
        "UPDATE orders SET status = 'REFUNDED', closed_at = :at, version = version + 1"
        " WHERE order_id = :order_id AND status = 'CANCELLED'";

    return moved(db, in, in->subject, ORDER_IS_REFUNDED, NULL,
                 db_run(db, sql, FIELDS(INT("at", in->received_at), TEXT("order_id", in->subject))));
}

bool
order_close_if(struct db *db, const struct envelope *in, enum order_status status)
{
    static const char sql[] =
        "UPDATE orders SET closed_at = :at WHERE order_id = :order_id AND status = :status AND closed_at IS NULL";
    bool closed = db_run(db, sql,
                         FIELDS(INT("at", in->received_at), TEXT("order_id", in->subject),
                                TEXT("status", order_status_name(status)))) == 1;

    if (closed && status != ORDER_IS_CANCELLED)
        order_count_closed(db, in, in->subject);
    return closed;
}

bool
order_notice_add(struct db *db, const struct envelope *in, enum order_status status, const char *kind,
                 const char *outcome)
{
    static const char sql[] =
        "INSERT INTO order_notice (order_id, kind, outcome, at) VALUES (:order_id, :kind, :outcome, :at)"
        " ON CONFLICT DO NOTHING";

    if (db_run(db, sql,
               FIELDS(TEXT("order_id", in->subject), TEXT("kind", kind), TEXT("outcome", outcome),
                      INT("at", in->received_at))) == 0)
        return false;
    order_history_add(db, in, in->subject, status, kind);
    return true;
}

int
orders_overdue(struct db *db, int partition, int64_t now_ms, int limit, char (*order_ids)[UUID_TEXT])
{
    static const char sql[] =
        "SELECT order_id FROM orders"
        " WHERE status = 'CREATED' AND partition = :partition AND pay_by < :now"
        "   AND created_seq <= (SELECT seq FROM relay_cursor)"
        " ORDER BY pay_by LIMIT :limit";
    struct rows *rows =
        db_select(db, sql, FIELDS(INT("partition", partition), INT("now", now_ms), INT("limit", limit)));
    int count = 0;

    while (rows_next(rows))
        strcpy(order_ids[count++], rows_text(rows, 0));
    return count;
}

/* The index holds unpaid orders only, and is not read beyond what says "many". */
int64_t
orders_unpaid(struct db *db)
{
    static const char sql[] =
        "SELECT count(*) FROM (SELECT 1 FROM orders INDEXED BY orders_unpaid WHERE status = 'CREATED' LIMIT 10000)";

    return db_number(db, sql, NULL, 0);
}
