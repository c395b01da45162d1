#include "facts.h"

#include "../../common/base/error.h"
#include "../../common/store/outbox.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

static const char told[] =
    "CREATE TEMP TABLE told (line INTEGER PRIMARY KEY, outcome TEXT, order_id TEXT, key TEXT, flow TEXT) STRICT;"
    "CREATE INDEX temp.told_key ON told (key);"
    "CREATE INDEX temp.told_order ON told (order_id);";

/* The same rows of all three services. */
#define OF_ALL(columns, table) \
    "SELECT 'order-svc' AS service, " columns " FROM order_svc." table " UNION ALL " \
    "SELECT 'payment-svc', " columns " FROM payment_svc." table " UNION ALL " \
    "SELECT 'notify-svc', " columns " FROM notify_svc." table

/* Events that were said, also those that the broker would not take; dead letters go out by the outbox, too, but are none. */
#define EVENTS_OF_ALL(columns) \
    "SELECT * FROM (" OF_ALL(columns ", packed", "outbox") " UNION ALL " \
    OF_ALL(columns ", packed", "outbox_parked") ") WHERE packed IS NULL"

/* The lines that are this shard's to answer for; those that name no order are shard 0's. */
static const char views[] =
    "CREATE TEMP VIEW here AS SELECT shard, shards, partitions FROM order_svc.meta;"
    "CREATE TEMP VIEW told_here AS SELECT told.* FROM told, here"
    " WHERE ifnull(partition_of(order_id, partitions) % shards, 0) = shard;"
    "CREATE TEMP VIEW outbox_row AS "
    EVENTS_OF_ALL("seq, event_id, type, subject, causation, said_at") ";"
    "CREATE TEMP VIEW parked AS SELECT * FROM ("
    OF_ALL("state, reason, type, subject, packed", "outbox_parked") ") WHERE packed IS NULL AND state <> 'ABANDONED';"
    "CREATE TEMP VIEW abandoned AS SELECT event_id FROM ("
    OF_ALL("event_id, state", "outbox_parked") ") WHERE state = 'ABANDONED';"
    "CREATE TEMP VIEW letter AS "
    OF_ALL("state, reason, topic, partition, record_offset, event_id, type, CAST(key AS TEXT) AS key", "dead_letter") ";"
    "CREATE TEMP VIEW processed AS"
    " SELECT 'payment-svc' AS service, event_id FROM payment_svc.processed_event UNION ALL"
    " SELECT 'notify-svc', event_id FROM notify_svc.processed_event;"
    "CREATE TEMP VIEW decided AS SELECT * FROM (" OF_ALL("what, outcome", "operation") ") WHERE outcome LIKE 'done: %';"
    "CREATE TEMP VIEW said_again AS SELECT 1 FROM decided WHERE what LIKE 'outbox republish %';";

/* Every event, with the status that its type tells of ("PAID" of order.paid) and what a notification was about; content
 * is what its record is compared by. The indexes find what was said of an order, and what an id is, without a look at the
 * outboxes. */
#define SAID(service, schema, kind, content) \
    "SELECT '" service "', subject, type, upper(substr(type, instr(type, '.') + 1)), " kind ", seq, event_id, moved," \
    "       partition, " content \
    "  FROM (SELECT " OUTBOX_COLUMNS ", 0 AS moved FROM " schema ".outbox WHERE packed IS NULL UNION ALL" \
    "        SELECT " OUTBOX_COLUMNS ", 1 FROM " schema ".outbox_parked WHERE packed IS NULL)"

#define SAID_OF_ALL(content) \
    "INSERT INTO said " \
    SAID("order-svc", "order_later", "''", content) " UNION ALL " \
    SAID("payment-svc", "payment_later", "''", content) " UNION ALL " \
    SAID("notify-svc", "notify_later", \
         "CASE WHEN json_valid(data) THEN ifnull(json_extract(data, '$.kind'), '?') ELSE '?' END", content)

static const char said[] =
    "CREATE TEMP TABLE said (service TEXT, subject TEXT, type TEXT, status TEXT, kind TEXT, seq INTEGER,"
    "                        event_id TEXT, moved INTEGER, partition INTEGER, content INTEGER) STRICT;";
static const char said_plain[] = SAID_OF_ALL("NULL");
static const char said_to_compare[] = SAID_OF_ALL("said_as(subject, causation, sequence, data)");
static const char said_indexes[] =
    "CREATE INDEX temp.said_of ON said (subject, service, status, kind);"
    "CREATE INDEX temp.said_id ON said (event_id, subject, type);";

/* Rows that an operator has sent once more are copies of earlier ones, ids included: they say nothing new. */
static const char republished[] = "SELECT 1 FROM said_again LIMIT 1";

static const char forget_copies[] =
    "DELETE FROM said WHERE EXISTS"
    " (SELECT 1 FROM said AS first WHERE first.event_id = said.event_id AND first.subject = said.subject"
    "    AND first.type = said.type AND first.service = said.service AND first.kind = said.kind AND first.seq < said.seq)";

/* An id begins with its time. */
#define FIRST_ID_OF(time) "format('%08x-%04x', " time " >> 16, " time " & 65535)"

/* Event ids grow with time: all that were pruned are below the first that was kept; 'g' is above every id. A row that was
 * parked and goes again is younger than its id: retention has noted up to when it has deleted. */
#define FIRST_KEPT(service, schema) \
    "SELECT '" service "' AS service," \
    "       max(ifnull((SELECT event_id FROM " schema ".outbox ORDER BY seq LIMIT 1), 'g')," \
    "           ifnull((SELECT " FIRST_ID_OF("until") " FROM " schema ".forgotten WHERE name = 'outbox'), '')) AS id" \
    " WHERE ifnull((SELECT min(seq) FROM " schema ".outbox), 9223372036854775807) > 1" \
    "   AND (SELECT seq FROM " schema ".sqlite_sequence WHERE name = 'outbox') > 0"

static const char horizon[] =
    "CREATE TEMP TABLE pruned AS "
    FIRST_KEPT("order-svc", "order_later") " UNION ALL "
    FIRST_KEPT("payment-svc", "payment_later") " UNION ALL "
    FIRST_KEPT("notify-svc", "notify_later") ";"
    "CREATE TEMP TABLE horizon AS SELECT ifnull(max(id), '') AS id FROM pruned;";

/* What waits at its speaker, or was skipped there, explains what its order lacks. */
static const char excused_by_parked[] =
    "INSERT INTO excused SELECT subject, format('%s at %s: %s, %s', type, service, state, reason) FROM parked WHERE true"
    " ON CONFLICT DO NOTHING;";

/* What retention has deleted of other tables, as the first id that is certainly there. */
#define DELETED(service, schema) \
    "SELECT '" service "' AS service, name, " FIRST_ID_OF("until") " AS id" \
    "  FROM " schema ".forgotten WHERE name <> 'outbox'"

static const char deleted[] =
    "CREATE TEMP TABLE deleted AS "
    DELETED("order-svc", "order_later") " UNION ALL "      /* its answers are looked for in the second reading, … */
    DELETED("payment-svc", "payment_svc") " UNION ALL "    /* … processed events in the first */
    DELETED("notify-svc", "notify_svc") ";";

/* A letter that was discarded explains as much as an open one; one that is DONE has had its effect. */
static const char excused[] =
    "CREATE TEMP TABLE excused (order_id TEXT PRIMARY KEY, why TEXT) STRICT, WITHOUT ROWID;"
    "INSERT INTO excused"
    " SELECT key, format('%s at %s: %s', ifnull(type, 'a record'), service, reason) FROM letter"
    "  WHERE state <> 'DONE' AND key IS NOT NULL"
    " ON CONFLICT DO NOTHING;";

/* The key of a malformed record need not be its order: the event in its speaker's outbox says. */
static const char excused_by_event[] =
    "INSERT INTO excused"
    " SELECT subject, format('%s at %s: %s', letter.type, letter.service, reason) FROM letter"
    "   JOIN outbox_row USING (event_id) WHERE state <> 'DONE'"
    " ON CONFLICT DO NOTHING;";

int
facts_run(sqlite3 *sqlite, const char *sql, char **error)
{
    if (sqlite3_exec(sqlite, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    return error_set(error, "cannot gather what the checks need: %s (in %.60s…)", sqlite3_errmsg(sqlite), sql);
}

static int
note_existence(void *exists, int columns, char **values, char **names)
{
    (void)columns, (void)values, (void)names;
    *(bool *)exists = true;
    return 0;
}

static bool
is_there(sqlite3 *sqlite, const char *sql)
{
    bool exists = false;

    sqlite3_exec(sqlite, sql, note_existence, &exists, NULL);
    return exists;
}

/* The outboxes are read through only if there is a letter at all. */
static int
excuse(sqlite3 *sqlite, char **error)
{
    if (facts_run(sqlite, excused, error) != 0 || facts_run(sqlite, excused_by_parked, error) != 0)
        return -1;
    return is_there(sqlite, "SELECT 1 FROM letter LIMIT 1") ? facts_run(sqlite, excused_by_event, error) : 0;
}

int
facts_begin(sqlite3 *sqlite, char **error)
{
    return facts_run(sqlite, told, error);
}

int
facts_gather(sqlite3 *sqlite, char **error)
{
    if (facts_run(sqlite, views, error) != 0 || facts_run(sqlite, horizon, error) != 0 || facts_run(sqlite, deleted, error) != 0)
        return -1;
    return excuse(sqlite, error);
}

int
facts_gather_events(sqlite3 *sqlite, bool to_compare, char **error)
{
    if (facts_run(sqlite, said, error) != 0 || facts_run(sqlite, to_compare ? said_to_compare : said_plain, error) != 0
        || facts_run(sqlite, said_indexes, error) != 0)
        return -1;
    return is_there(sqlite, republished) ? facts_run(sqlite, forget_copies, error) : 0;
}
