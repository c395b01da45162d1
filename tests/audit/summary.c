#include "summary.h"

#include "audit.h"

#include <stdlib.h>

/* ---- how much there is ---- */

static const struct {
    const char *name, *sql;
    bool always;
} counted[SUMMARY_COUNTS] = {
    { "orders", "SELECT count(*) FROM orders", true },
    { "payments", "SELECT count(*) FROM payment", true },
    { "notifications", "SELECT count(*) FROM notification", true },
    { "events", "SELECT count(*) FROM said", true },
    { "records", "SELECT count(*) FROM record", false },
    { "duplicates", "SELECT (SELECT count(*) FROM record WHERE topic < 3)"
                    "       - (SELECT count(DISTINCT event_id) FROM record WHERE topic < 3)", false },
    { "dead_letters_open", "SELECT count(*) FROM letter WHERE state = 'OPEN'", false },
    { "parked", "SELECT count(*) FROM parked WHERE state <> 'SKIPPED'", false },
    { "orders_with_money_held", "SELECT count(*) FROM orders WHERE closed_at IS NULL"
                                "   AND (SELECT sum(amount) FROM ledger l WHERE l.order_id = orders.order_id) <> 0", false },
};

static void
add_number(void *sum, const char *const *columns)
{
    *(int64_t *)sum += strtoll(columns[0], NULL, 10);
}

void
summary_counts(struct audit *const *audits, int shards, struct summary_count counts[SUMMARY_COUNTS])
{
    for (int i = 0; i < SUMMARY_COUNTS; i++) {
        counts[i] = (struct summary_count){ counted[i].name, 0, counted[i].always };
        for (int shard = 0; shard < shards; shard++)
            audit_select(audits[shard], counted[i].sql, NULL, add_number, &counts[i].number);
    }
}

/* ---- what is open ---- */

static const char letters[] =
    "SELECT 'dead_letter', format('%s set aside %s at %s/%d offset %d: %s; %s', service, ifnull(type, 'a record'), topic,"
    "                             partition, record_offset, reason,"
    "                             iif(about IS NULL, 'no order is excused', 'excused: order ' || about)),"
    "       json_object('service', service, 'type', type, 'topic', topic, 'partition', partition, 'offset', record_offset,"
    "                   'reason', reason, 'order_id', about)"
    "  FROM (SELECT *, coalesce((SELECT subject FROM said WHERE said.event_id = letter.event_id), key) AS about"
    "          FROM letter WHERE state = 'OPEN')";

static const char parked[] =
    "SELECT 'parked', format('%s of order %s at %s: %s, %s', type, subject, service, state, reason),"
    "       json_object('service', service, 'type', type, 'order_id', subject, 'state', state, 'reason', reason)"
    "  FROM parked WHERE state <> 'SKIPPED'";

/* Charged, and the order is not over: nobody has lost it, and nobody should forget it. */
static const char money_held[] =
    "SELECT 'money_held', format('%d %s (minor units) of %d orders that are %s and not closed: %s', sum(amount), currency,"
    "                            count(*), status,"
    "                            CASE status WHEN 'CREATED' THEN 'order-svc does not know of the payment'"
    "                                        WHEN 'CANCELLED' THEN 'not given back yet'"
    "                                        ELSE 'it does not know that the customer was told' END),"
    "       json_object('currency', currency, 'amount', sum(amount), 'orders', count(*), 'status', status)"
    "  FROM (SELECT currency, status, (SELECT -sum(l.amount) FROM ledger l WHERE l.order_id = orders.order_id) AS amount"
    "          FROM orders WHERE closed_at IS NULL)"
    " WHERE amount <> 0 GROUP BY currency, status";

static const char pruned[] =
    "SELECT 'note', format('%s has pruned its %s: what only older rows would decide is counted, not judged', service, name),"
    "       json_object('service', service, 'pruned', name)"
    "  FROM (SELECT service, 'outbox' AS name FROM pruned UNION ALL SELECT service, name FROM deleted)";

static const char brokers[] =
    "SELECT 'note', format('%s has not begun to speak to this broker: what it said to the one before cannot be found', service),"
    "       json_object('service', service, 'other_broker', json('true'))"
    "  FROM speaker WHERE NOT known AND cursor > 0";

static const char trimmed[] =
    "SELECT 'note', format('%s has forgotten %d of its %d records: what only they would decide is counted, not judged', name,"
    "                      sum(low), sum(high)),"
    "       json_object('topic', name, 'forgotten', sum(low))"
    "  FROM log JOIN topic USING (topic) GROUP BY topic HAVING sum(low) > 0";

static const char foreign[] =
    "SELECT 'note', format('%d records of %s on %s: no service of ours says or hears that', count(*), type, name),"
    "       json_object('topic', name, 'foreign', type, 'records', count(*))"
    "  FROM foreign_record JOIN topic USING (topic) GROUP BY topic, type";

void
summary_open(struct audit *audit, void (*each)(void *context, const char *const *columns), void *context)
{
    const char *const queries[] = { letters, parked, money_held, pruned, brokers, trimmed, foreign };

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
        audit_select(audit, queries[i], NULL, each, context);      /* without records there is no speaker */
}
