/* What the checks of the records ask for. */
#include "../../common/kafka/window.h"
#include "facts.h"

#include <sqlite3.h>

/* Up to cursor its topic has all that a service says, if the broker is the one that its cursor is about. */
#define SPEAKER(service, topic, name, schema) \
    "SELECT '" service "' AS service, " topic " AS topic, '" name "' AS name, (SELECT seq FROM " schema ".relay_cursor)" \
    "       AS cursor, ifnull((SELECT cluster_id FROM " schema ".meta) = (SELECT identity FROM broker), 0) AS known"

static const char speaker[] =
    "CREATE TEMP TABLE speaker AS "
    SPEAKER("order-svc", "0", "orders", "order_svc") " UNION ALL "
    SPEAKER("payment-svc", "1", "payments", "payment_svc") " UNION ALL "
    SPEAKER("notify-svc", "2", "notifications", "notify_svc");

/* Of which rows the records may have been in a part of the log that is gone: the relay has no more than its window under
 * way, so that none of them is far behind the first that is still there. What an operator said again stands anywhere. */
static const char gone[] =
    "CREATE TEMP TABLE gone (topic INTEGER, partition INTEGER, until INTEGER, PRIMARY KEY (topic, partition)) STRICT;"
    "INSERT INTO gone"
    "  WITH first (topic, partition, seq, record_offset) AS ("
    "    SELECT r.topic, r.partition, said.seq, min(record_offset) FROM record r JOIN said USING (event_id)"
    "     WHERE r.topic < 3 AND EXISTS (SELECT 1 FROM log WHERE low > 0) AND NOT EXISTS (SELECT 1 FROM said_again)"
    "     GROUP BY r.topic, r.partition)"
    "  SELECT topic, partition, ifnull(first.seq + 10000, 9223372036854775807)"
    "    FROM log LEFT JOIN first USING (topic, partition) WHERE low > 0;";
_Static_assert(WINDOW_SIZE == 10000, "the window of the relay stands in the query");

#define LETTERS_SAID(service, schema) \
    "SELECT '" service "', CASE type WHEN 'orders.DLT' THEN 3 WHEN 'payments.DLT' THEN 4 ELSE 5 END, partition, seq," \
    "       packed_as(packed), subject" \
    "  FROM " schema ".outbox WHERE packed IS NOT NULL"

static const char letters[] =
    "CREATE TEMP TABLE letter_said (service TEXT, topic INTEGER, partition INTEGER, seq INTEGER, event_id TEXT, about TEXT)"
    " STRICT;"
    "INSERT INTO letter_said "
    LETTERS_SAID("order-svc", "order_later") " UNION ALL "
    LETTERS_SAID("payment-svc", "payment_later") " UNION ALL "
    LETTERS_SAID("notify-svc", "notify_later") ";"
    "CREATE INDEX temp.letter_said_id ON letter_said (event_id);";

/* How far the services have read, where that is about this broker's logs. */
#define READ_TO(service, schema) \
    "SELECT '" service "' AS service, topic, partition, next_offset FROM " schema ".position" \
    " WHERE (SELECT known FROM speaker WHERE service = '" service "')"

static const char views[] =
    "CREATE TEMP VIEW read_to AS "
    READ_TO("order-svc", "order_svc") " UNION ALL "
    READ_TO("payment-svc", "payment_svc") " UNION ALL "
    READ_TO("notify-svc", "notify_svc") ";"
    "CREATE TEMP VIEW known (type) AS VALUES ('order.created'), ('order.paid'), ('order.rejected'), ('order.cancelled'),"
    " ('payment.completed'), ('payment.declined'), ('payment.refunded'), ('payment.voided'), ('notification.sent'),"
    " ('notification.failed');"
    "CREATE TEMP VIEW foreign_record AS SELECT * FROM record WHERE topic < 3 AND type IS NOT NULL AND type NOT IN known;"
    /* Another log than once: it got what was under way first, and then everything again. */
    "CREATE TEMP VIEW forgetful AS SELECT 1 FROM broker WHERE identity GLOB '*/devbroker-boot-*' UNION ALL"
    " SELECT 1 FROM decided WHERE what LIKE 'cluster adopt%';";

int
facts_gather_records(sqlite3 *sqlite, const char *broker, char **error)
{
    char *sql = sqlite3_mprintf("CREATE TEMP TABLE broker AS SELECT %Q AS identity", broker);
    int result = facts_run(sqlite, sql, error);

    sqlite3_free(sql);
    if (result != 0 || facts_run(sqlite, speaker, error) != 0 || facts_run(sqlite, gone, error) != 0)
        return -1;
    return facts_run(sqlite, letters, error) != 0 ? -1 : facts_run(sqlite, views, error);
}
