#include "checks_private.h"

#include <stddef.h>

const struct population
    examined_files = { "databases", "SELECT 3" },
    examined_orders = { "orders", "SELECT count(*) FROM orders" },
    examined_steps = { "steps of orders", "SELECT count(*) FROM order_history" },
    examined_keys = { "stored answers", "SELECT count(*) FROM idempotency_key WHERE scope GLOB 'POST /orders *'" },
    examined_accounts = { "accounts", "SELECT count(*) FROM account" },
    examined_currencies = { "currencies", "SELECT count(DISTINCT currency) FROM account" },
    examined_payments = { "payments", "SELECT count(*) FROM payment" },
    examined_movements = { "movements of money", "SELECT count(*) FROM ledger" },
    examined_notifications = { "notifications", "SELECT count(*) FROM notification" },
    examined_notices = { "notices", "SELECT count(*) FROM order_notice" },
    examined_events = { "events", "SELECT count(*) FROM said" },
    examined_processed = { "processed events", "SELECT count(*) FROM processed" },
    examined_lines = { "lines of the driver", "SELECT count(*) FROM told_here" },
    examined_sent = { "sent events", "SELECT count(*) FROM said JOIN speaker USING (service) WHERE NOT moved AND seq <= cursor" },
    examined_records = { "records", "SELECT count(*) FROM record" },
    examined_positions = { "positions", "SELECT count(*) FROM read_to" };

static const struct check *const groups[] = {
    checks_of_files, checks_of_orders, checks_of_money, checks_of_telling, checks_of_said, checks_of_heard,
    checks_of_records, checks_of_driver, NULL
};

const struct check *
checks_get(int number)
{
    for (const struct check *const *group = groups; *group != NULL; group++)
        for (const struct check *check = *group; check->name != NULL; check++)
            if (number-- == 0)
                return check;
    return NULL;
}
