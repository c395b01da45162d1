#include "payment_store.h"

#include "../common/store/db.h"
#include "../common/store/outbox.h"
#include "payment_metrics.h"

#include <string.h>

/* ---- accounts ---- */

static const char *
account_currency(struct db *db, const char *customer_id)
{
    static const char sql[] = "SELECT currency FROM account WHERE customer_id = :customer_id";

    return db_text(db, sql, FIELDS(TEXT("customer_id", customer_id)));
}

enum account_change
account_open(struct db *db, const char *customer_id, const char *currency, int64_t now_ms)
{
    static const char sql[] =
        "INSERT INTO account (customer_id, currency, balance, deposited, opened_at)"
        " VALUES (:customer_id, :currency, 0, 0, :opened_at) ON CONFLICT DO NOTHING";
    const char *existing;

    if (db_run(db, sql,
               FIELDS(TEXT("customer_id", customer_id), TEXT("currency", currency), INT("opened_at", now_ms))) == 1)
        return ACCOUNT_CHANGED;
    existing = account_currency(db, customer_id);
    return existing != NULL && strcmp(existing, currency) != 0 ? ACCOUNT_OTHER_CURRENCY : ACCOUNT_UNCHANGED;
}

static void
ledger_add(struct db *db, const struct envelope *in, const char *customer_id, const char *order_id, const char *kind,
           int64_t amount)
{
    static const char sql[] =
        "INSERT INTO ledger (customer_id, order_id, kind, amount, at, cause)"
        " VALUES (:customer_id, :order_id, :kind, :amount, :at, :cause)";

    db_run(db, sql,
           FIELDS(TEXT("customer_id", customer_id), TEXT("order_id", order_id), TEXT("kind", kind),
                  INT("amount", amount), INT("at", in->received_at), TEXT("cause", in->id)));
}

enum account_change
account_deposit(struct db *db, const struct envelope *in, const char *customer_id, const char *currency,
                int64_t amount)
{
    static const char sql[] =
        "UPDATE account SET balance = balance + :amount, deposited = deposited + :amount"
        " WHERE customer_id = :customer_id AND currency = :currency AND deposited <= 9007199254740991 - :amount";
    const char *existing;

    if (db_run(db, sql,
               FIELDS(INT("amount", amount), TEXT("customer_id", customer_id), TEXT("currency", currency))) == 1) {
        ledger_add(db, in, customer_id, NULL, "DEPOSIT", amount);
        return ACCOUNT_CHANGED;
    }
    existing = account_currency(db, customer_id);
    if (existing == NULL)
        return ACCOUNT_UNKNOWN;
    return strcmp(existing, currency) != 0 ? ACCOUNT_OTHER_CURRENCY : ACCOUNT_FULL;
}

enum charge
account_charge(struct db *db, const struct envelope *in, const struct payment *payment)
{
    static const char sql[] =
        "UPDATE account SET balance = balance - :amount"
        " WHERE customer_id = :customer_id AND currency = :currency AND balance >= :amount";
    const char *currency;

    if (db_run(db, sql,
               FIELDS(INT("amount", payment->amount), TEXT("customer_id", payment->customer_id),
                      TEXT("currency", payment->currency))) == 1) {
        ledger_add(db, in, payment->customer_id, payment->order_id, "CHARGE", -payment->amount);
        return CHARGE_DONE;
    }
    currency = account_currency(db, payment->customer_id);
    if (currency == NULL)
        return CHARGE_UNKNOWN_ACCOUNT;
    return strcmp(currency, payment->currency) != 0 ? CHARGE_CURRENCY_MISMATCH : CHARGE_INSUFFICIENT_FUNDS;
}

const char *
account_json(struct db *db, const char *customer_id)
{
    static const char sql[] =
        "SELECT json_object('customer_id', customer_id, 'currency', currency, 'balance', balance)"
        "  FROM account WHERE customer_id = :customer_id";

    return db_text(db, sql, FIELDS(TEXT("customer_id", customer_id)));
}

/* ---- payments ---- */

bool
payment_exists(struct db *db, const char *order_id)
{
    static const char sql[] = "SELECT 1 FROM payment WHERE order_id = :order_id";

    return db_number(db, sql, FIELDS(TEXT("order_id", order_id)), 0) == 1;
}

bool
payment_insert(struct db *db, const struct envelope *in, const struct payment *payment)
{
    static const char sql[] =
        "INSERT INTO payment (order_id, customer_id, currency, amount, status, reason, version, decided_at)"
        " VALUES (:order_id, :customer_id, :currency, nullif(:amount, 0), :status, :reason, 1, :decided_at)"
        " ON CONFLICT DO NOTHING";

    if (db_run(db, sql,
                  FIELDS(TEXT("order_id", payment->order_id), TEXT("customer_id", payment->customer_id),
                         TEXT("currency", payment->currency), INT("amount", payment->amount),
                         TEXT("status", payment_status_name(payment->status)), TEXT("reason", payment->reason),
                         INT("decided_at", in->received_at))) == 0)
        return false;
    payment_count_status(db, payment->status);
    return true;
}

bool
payment_refund_if_completed(struct db *db, const struct envelope *in)
{
    static const char sql[] =
        "UPDATE payment SET status = 'REFUNDED', version = version + 1"
        " WHERE order_id = :order_id AND status = 'COMPLETED'";
    static const char pay_back[] =
        "UPDATE account SET balance = balance + (SELECT amount FROM payment WHERE order_id = :order_id)"
        " WHERE customer_id = (SELECT customer_id FROM payment WHERE order_id = :order_id)";
    static const char note[] =
        "INSERT INTO ledger (customer_id, order_id, kind, amount, at, cause)"
        " SELECT customer_id, order_id, 'REFUND', amount, :at, :cause FROM payment WHERE order_id = :order_id";

    if (db_run(db, sql, FIELDS(TEXT("order_id", in->subject))) == 0)
        return false;
    db_run(db, pay_back, FIELDS(TEXT("order_id", in->subject)));
    db_run(db, note, FIELDS(INT("at", in->received_at), TEXT("cause", in->id), TEXT("order_id", in->subject)));
    payment_count_status(db, PAYMENT_IS_REFUNDED);
    return true;
}

/* The row is there even when no order.created has come: one that comes late finds it and charges nothing. */
bool
payment_void(struct db *db, const struct envelope *in, const struct payment *payment)
{
    static const char sql[] =
        "INSERT INTO payment (order_id, customer_id, currency, amount, status, version, decided_at)"
        " VALUES (:order_id, :customer_id, :currency, nullif(:amount, 0), 'VOIDED', 1, :decided_at)"
        " ON CONFLICT DO UPDATE SET status = 'VOIDED', version = version + 1 WHERE status = 'DECLINED'";

    if (db_run(db, sql,
                  FIELDS(TEXT("order_id", payment->order_id), TEXT("customer_id", payment->customer_id),
                         TEXT("currency", payment->currency), INT("amount", payment->amount),
                         INT("decided_at", in->received_at))) == 0)
        return false;
    payment_count_status(db, PAYMENT_IS_VOIDED);
    return true;
}

struct outcome
payment_say(struct db *db, const struct envelope *in, enum envelope_type type)
{
    static const char sql[] =
        "SELECT json_object('order_id', order_id, 'customer_id', customer_id, 'currency', currency,"
        "                   'amount', amount, 'reason', reason), version"
        "  FROM payment WHERE order_id = :order_id";

    return outbox_say(db, in, type, in->subject, sql, FIELDS(TEXT("order_id", in->subject)));
}

const char *
payment_json(struct db *db, const char *order_id)
{
    static const char sql[] =
        "SELECT json_object('order_id', order_id, 'customer_id', customer_id, 'status', status, 'reason', reason,"
        "                   'currency', currency, 'amount', amount, 'version', version,"
        "                   'decided_at', rfc3339(decided_at))"
        "  FROM payment WHERE order_id = :order_id";

    return db_text(db, sql, FIELDS(TEXT("order_id", order_id)));
}

void
payment_timeline(struct db *db, const char *order_id, void (*each)(void *, int64_t, const char *), void *context)
{
    static const char sql[] =
        "SELECT decided_at, 'payment decided; it is now ' || status || coalesce(' (' || reason || ')', '')"
        "  FROM payment WHERE order_id = :order_id"
        " UNION ALL"
        " SELECT at, kind || ' of ' || abs(amount) || ' for ' || customer_id || ', caused by ' || cause"
        "  FROM ledger WHERE order_id = :order_id";
    struct rows *rows = db_select(db, sql, FIELDS(TEXT("order_id", order_id)));

    while (rows_next(rows))
        each(context, rows_int(rows, 0), rows_text(rows, 1));
    rows_end(rows);
}
