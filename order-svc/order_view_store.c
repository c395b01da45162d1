#include "order_view_store.h"

#include "../common/store/db.h"
#include "../common/store/outbox.h"

/* ORDER BY beside an aggregate function would open a temporary table, each time. */
#define ITEMS                                                                                                        \
    "(SELECT json_group_array(json_object('sku', sku, 'quantity', quantity, 'unit_price', unit_price))"              \
    "   FROM (SELECT * FROM order_item WHERE order_item.order_id = :order_id ORDER BY line))"

/* What clients see of an order. */
#define ORDER_JSON                                                                                                   \
    "json_object('order_id', order_id, 'customer_id', customer_id, 'status', status, 'reason', reason,"              \
    "            'currency', currency, 'amount', amount, 'items', json(items), 'version', version,"                  \
    "            'created_at', rfc3339(created_at), 'pay_by', rfc3339(pay_by), 'closed_at', rfc3339(closed_at))"

const char *
order_json(struct db *db, const char *order_id)
{
    static const char sql[] =
        "SELECT " ORDER_JSON " FROM (SELECT *, " ITEMS " AS items FROM orders WHERE order_id = :order_id)";

    return db_text(db, sql, FIELDS(TEXT("order_id", order_id)));
}

/* Of the row that order_insert has just written, without reading it back. LIMIT keeps the items from being read twice. */
const char *
order_say_created(struct db *db, const struct envelope *in, const struct order *order)
{
    static const char sql[] =
        "SELECT json_object('order_id', order_id, 'customer_id', customer_id, 'currency', currency, 'amount', amount,"
        "                   'items', json(items), 'pay_by', rfc3339(pay_by)), " ORDER_JSON
        "  FROM (SELECT :order_id AS order_id, :customer_id AS customer_id, 'CREATED' AS status, NULL AS reason,"
        "               :currency AS currency, :amount AS amount, " ITEMS " AS items, 1 AS version,"
        "               :created_at AS created_at, :pay_by AS pay_by, NULL AS closed_at LIMIT 1)";
    struct rows *rows =
        db_select(db, sql,
                  FIELDS(TEXT("order_id", order->order_id), TEXT("customer_id", order->customer_id),
                         TEXT("currency", order->currency), INT("amount", order->amount),
                         INT("created_at", order->created_at), INT("pay_by", order->pay_by)));
    const char *json = NULL;

    if (rows_next(rows)) {
        json = rows_text(rows, 1);
        outbox_add(db, envelope_answer(in, ORDER_CREATED, order->order_id, 1, rows_text(rows, 0)));
    }
    rows_end(rows);
    return json;
}

struct outcome
order_say(struct db *db, const struct envelope *in, const char *order_id, enum envelope_type type)
{
    static const char sql[] =
        "SELECT json_object('order_id', order_id, 'customer_id', customer_id, 'currency', currency,"
        "                   'amount', amount, 'reason', reason), version"
        "  FROM orders WHERE order_id = :order_id";

    return outbox_say(db, in, type, order_id, sql, FIELDS(TEXT("order_id", order_id)));
}

const char *
order_timeline_json(struct db *db, const char *order_id)
{
    static const char sql[] =
        "SELECT json_object('order_id', :order_id, 'timeline',"
        "       json_group_array(json_object('seq', seq, 'at', rfc3339(at), 'what', what, 'status', status,"
        "                                    'detail', detail, 'cause', cause)))"
        "  FROM (SELECT * FROM order_history WHERE order_id = :order_id ORDER BY seq) HAVING count(*) > 0";

    return db_text(db, sql, FIELDS(TEXT("order_id", order_id)));
}

void
order_timeline(struct db *db, const char *order_id, void (*each)(void *, int64_t, const char *), void *context)
{
    static const char sql[] =
        "SELECT at, status || ' by ' || what || coalesce(' (' || detail || ')', '') || ', caused by ' || cause"
        "  FROM order_history WHERE order_id = :order_id ORDER BY seq";
    struct rows *rows = db_select(db, sql, FIELDS(TEXT("order_id", order_id)));

    while (rows_next(rows))
        each(context, rows_int(rows, 0), rows_text(rows, 1));
    rows_end(rows);
}

int64_t
order_history_last(struct db *db)
{
    static const char sql[] = "SELECT max(seq) FROM order_history";

    return db_number(db, sql, NULL, 0);
}

void
order_history_read(struct db *db, int64_t after, int64_t last, int limit, feed_row *each, void *context)
{
    static const char sql[] =
        "SELECT seq, json_object('order_id', order_id, 'at', rfc3339(at), 'what', what, 'status', status,"
        "                        'detail', detail, 'cause', cause)"
        "  FROM order_history WHERE seq > :after AND seq <= :last ORDER BY seq LIMIT :limit";
    struct rows *rows = db_select(db, sql, FIELDS(INT("after", after), INT("last", last), INT("limit", limit)));
    size_t size;

    while (rows_next(rows))
        each(context, rows_int(rows, 0), rows_peek(rows, 1, &size));
    rows_end(rows);
}

/* A page looks at 1,000 orders at most, whatever their status, so that no request holds up the loop: it may be short or
 * empty and still have a next one. */
const char *
orders_page_json(struct db *db, const char *status, const char *after)
{
    static const char sql[] =
        "WITH window AS MATERIALIZED"
        "     (SELECT * FROM orders WHERE order_id > :after ORDER BY order_id LIMIT 1000),"
        "     page AS MATERIALIZED"
        "     (SELECT * FROM window WHERE :status IS NULL OR status = :status ORDER BY order_id LIMIT 100)"
        "SELECT json_object('orders', (SELECT json_group_array(json_object('order_id', order_id,"
        "              'customer_id', customer_id, 'status', status, 'reason', reason, 'currency', currency,"
        "              'amount', amount, 'created_at', rfc3339(created_at))) FROM page),"
        "       'next', CASE WHEN (SELECT count(*) FROM page) = 100 THEN (SELECT max(order_id) FROM page)"
        "                    WHEN (SELECT count(*) FROM window) = 1000 THEN (SELECT max(order_id) FROM window) END)";

    return db_text(db, sql, FIELDS(TEXT("after", after), TEXT("status", status)));
}
