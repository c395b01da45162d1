#include "timeline.h"

#include "audit.h"

#include <stdbool.h>

/* Services' clocks may differ a little: within a millisecond a cause stands before its effect. */
static const char sql[] =
    "WITH line (at, place, seq, service, what, cause) AS ("
    "  SELECT at, 1, seq, 'order-svc',"
    "         CASE WHEN what GLOB 'notification.*' THEN format('noticed %s', detail)"
    "              WHEN what = 'payment.voided' THEN format('%s, closed', status)"
    "              ELSE format('becomes %s %s', status, ifnull(detail, '')) END, cause"
    "    FROM order_later.order_history WHERE order_id = :id"
    "   UNION ALL "
    "  SELECT closed_at, 9, 0, 'order-svc', 'closed', NULL"
    "    FROM order_later.orders WHERE order_id = :id AND closed_at IS NOT NULL AND status <> 'CANCELLED'"
    "   UNION ALL "
    "  SELECT decided_at, 3, 0, 'payment-svc', format('decides; now %s %s', status, ifnull(reason, '')), NULL"
    "    FROM payment_later.payment WHERE order_id = :id"
    "   UNION ALL "
    "  SELECT at, 4, entry_id, 'payment-svc', format('%s %d', kind, amount), cause"
    "    FROM payment_later.ledger WHERE order_id = :id"
    "   UNION ALL "
    "  SELECT created_at, 6, 0, 'notify-svc', format('notification of %s: %s', kind, status), NULL"
    "    FROM notify_later.notification WHERE order_id = :id"
    "   UNION ALL "
    "  SELECT said_at, 2, said.seq, service, 'says ' || said.type, causation"
    "    FROM said JOIN order_later.outbox USING (seq) WHERE said.subject = :id AND service = 'order-svc'"
    "   UNION ALL "
    "  SELECT said_at, 5, said.seq, service, 'says ' || said.type, causation"
    "    FROM said JOIN payment_later.outbox USING (seq) WHERE said.subject = :id AND service = 'payment-svc'"
    "   UNION ALL "
    "  SELECT said_at, 7, said.seq, service, format('says %s of %s', said.type, kind), causation"
    "    FROM said JOIN notify_later.outbox USING (seq) WHERE said.subject = :id AND service = 'notify-svc')"
    "SELECT strftime('%H:%M:%f', at / 1000.0, 'unixepoch'), service, what,"
    "       CASE WHEN cause GLOB 'request:*' THEN 'request' WHEN cause GLOB 'timer:*' THEN substr(cause, 1, 12)"
    "            WHEN cause GLOB 'completion:*' THEN substr(cause, 1, length(cause) - 37)"
    "            ELSE coalesce((SELECT type FROM said WHERE event_id = cause), cause || ' (unknown)', '') END"
    "  FROM line ORDER BY at, place, seq";

static void
print_line(void *context, const char *const *columns)
{
    bool caused = columns[3][0] != '\0';

    fprintf(context, "        %s  %-11s  %-*s%s%s\n", columns[0], columns[1], caused ? 36 : 0, columns[2],
            caused ? "  " : "", columns[3]);
}

void
timeline_print(struct audit *audit, const char *order_id, FILE *out)
{
    int lines = audit_select(audit, sql, order_id, print_line, out);

    if (lines <= 0)
        fprintf(out, "        %s\n", lines < 0 ? "its timeline cannot be read" : "no database knows this order");
}
