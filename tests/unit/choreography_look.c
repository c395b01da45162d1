/* Looking into the databases of the three services. */
#include "choreography.h"

#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"

#include <check.h>
#include <stdlib.h>

const char *
text_of(struct choreography *c, enum member of, const char *sql, const char *id)
{
    struct db *db = c->cores[of].db;
    const char *found = db_text(db, sql, id == NULL ? NULL : FIELDS(TEXT("id", id)));

    ck_assert_msg(db_failure(db) == DB_FINE, "%s", db_failure_text(db));
    found = found == NULL ? "" : arena_text(&c->arena, found);
    if (!group_is_open(c->cores[of].group))
        db_end_cause(db);
    return found;
}

int64_t
number_of(struct choreography *c, enum member of, const char *sql)
{
    return strtoll(text_of(c, of, sql, NULL), NULL, 10);
}

#define LINES(columns, from) \
    "SELECT group_concat(line, char(10)) FROM (SELECT " columns " AS line FROM " from " ORDER BY 1)"
#define SAID \
    LINES("printf('said %s v%d %s', type, sequence," \
          "       json_remove(data, '$.order_id', '$.notification_id', '$.pay_by'))", "outbox")

const char *
dump(struct choreography *c)
{
    static const char orders[] =
        LINES("printf('order %s %s %d %s %s v%d %s', customer_id, currency, amount, status,"
              "       ifnull(reason, '-'), version, iif(closed_at IS NULL, 'open', 'closed'))", "orders");
    static const char items[] = LINES("printf('item %d %s %d %d', line, sku, quantity, unit_price)", "order_item");
    static const char history[] = LINES("printf('history %s %s', what, ifnull(detail, '-'))", "order_history");
    static const char notices[] = LINES("printf('notice %s %s', kind, outcome)", "order_notice");
    static const char accounts[] = LINES("printf('account %s %s %d', customer_id, currency, balance)", "account");
    static const char payments[] =
        LINES("printf('payment %s %s %d %s %s v%d', ifnull(customer_id, '-'), ifnull(currency, '-'), amount, status,"
              "       ifnull(reason, '-'), version)", "payment");
    static const char ledger[] = LINES("printf('ledger %s %s %d', customer_id, kind, amount)", "ledger");
    static const char notifications[] =
        LINES("printf('notification %s %s %s %s %d', kind, customer_id, channel, status, tries)", "notification");
    static const char order_said[] = SAID, payment_said[] = SAID, notify_said[] = SAID;
    static const char dead[] = LINES("printf('dead letter %s %s', state, reason)", "dead_letter");

    return arena_format(
        &c->arena, "%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n", text_of(c, ORDER_SVC, orders, NULL),
        text_of(c, ORDER_SVC, items, NULL), text_of(c, ORDER_SVC, history, NULL), text_of(c, ORDER_SVC, notices, NULL),
        text_of(c, PAYMENT_SVC, accounts, NULL), text_of(c, PAYMENT_SVC, payments, NULL),
        text_of(c, PAYMENT_SVC, ledger, NULL), text_of(c, NOTIFY_SVC, notifications, NULL),
        text_of(c, ORDER_SVC, order_said, NULL), text_of(c, PAYMENT_SVC, payment_said, NULL),
        text_of(c, NOTIFY_SVC, notify_said, NULL), text_of(c, ORDER_SVC, dead, NULL));
}

#define COMMON_ROWS \
    "(SELECT count(*) FROM outbox) + (SELECT count(*) FROM dead_letter) + (SELECT count(*) FROM idempotency_key)"

int64_t
rows_in(struct choreography *c, enum member of)
{
    static const char orders[] =
        "SELECT " COMMON_ROWS " + (SELECT count(*) FROM orders) + (SELECT count(*) FROM order_item)"
        " + (SELECT count(*) FROM order_history) + (SELECT count(*) FROM order_notice)";
    static const char payments[] =
        "SELECT " COMMON_ROWS " + (SELECT count(*) FROM account) + (SELECT count(*) FROM payment)"
        " + (SELECT count(*) FROM ledger) + (SELECT count(*) FROM processed_event)";
    static const char notifications[] =
        "SELECT " COMMON_ROWS " + (SELECT count(*) FROM notification) + (SELECT count(*) FROM processed_event)";
    static const char *const sql[] = { orders, payments, notifications };

    return number_of(c, of, sql[of]);
}

void
check_money(struct choreography *c)
{
    static const char wrong[] =
        "SELECT count(*) FROM account"
        " WHERE balance <> (SELECT sum(amount) FROM ledger WHERE ledger.customer_id = account.customer_id)";
    static const char kept[] = "SELECT -total(amount) FROM ledger WHERE kind IN ('CHARGE', 'REFUND')";
    static const char paid[] = "SELECT total(amount) FROM orders WHERE status = 'PAID'";

    ck_assert_int_eq(number_of(c, PAYMENT_SVC, wrong), 0);
    ck_assert_int_eq(number_of(c, PAYMENT_SVC, kept), number_of(c, ORDER_SVC, paid));
}

void
check_agreement(struct choreography *c)
{
    static const char orders[] =
        LINES("order_id || ' ' || CASE status WHEN 'PAID' THEN 'COMPLETED' WHEN 'REJECTED' THEN 'DECLINED'"
              "                               WHEN 'CANCELLED' THEN 'VOIDED' ELSE status END", "orders");
    static const char payments[] = LINES("order_id || ' ' || status", "payment");

    ck_assert_str_eq(text_of(c, ORDER_SVC, orders, NULL), text_of(c, PAYMENT_SVC, payments, NULL));
}

void
check_notifications(struct choreography *c)
{
    static const char twice[] =
        "SELECT count(*) FROM"
        " (SELECT 1 FROM outbox GROUP BY subject, json_extract(data, '$.kind') HAVING count(*) > 1)";

    ck_assert_int_eq(number_of(c, NOTIFY_SVC, twice), 0);
    ck_assert_int_eq(number_of(c, NOTIFY_SVC, "SELECT count(*) FROM outbox"),
                     number_of(c, NOTIFY_SVC, "SELECT count(*) FROM notification WHERE status <> 'PENDING'"));
}
