/* What the load driver was told. */
#include "checks_private.h"

#include <stddef.h>

const struct check checks_of_driver[] = {

    { "acknowledged", HISTORY, &examined_lines, "name an order that exists, if it was acknowledged",
      "SELECT order_id, format('line %d: it was acknowledged, and does not exist', line) FROM told_here AS told"
      " WHERE outcome = 'acknowledged'"
      "   AND NOT EXISTS (SELECT 1 FROM order_later.orders o WHERE o.order_id = told.order_id)" },

    { "one-per-key", HISTORY, &examined_lines, "have one order for each key",
      "SELECT order_id, format('line %d: the stored answer to key %s does not name it', line, key), "
                        MAY_BE_DELETED("order-svc", "idempotency_key", "order_id")
      "  FROM told_here AS told"
      " WHERE outcome = 'acknowledged' AND key <> '-'"
      "   AND NOT EXISTS (SELECT 1 FROM order_later.idempotency_key i"
      "                    WHERE i.key = told.key AND location = '/orders/' || told.order_id)"
      " UNION ALL "
      "SELECT max(order_id), format('key %s made %d orders', key, count(DISTINCT order_id)), 0 FROM told"
      " WHERE outcome = 'acknowledged' AND key <> '-' GROUP BY key"
      " HAVING count(DISTINCT order_id) > 1 AND max(order_id) IN (SELECT order_id FROM told_here)" },

    /* A key that was refused once, for another body, may have made an order with the first. */
    { "refused", HISTORY, &examined_lines, "have no order, if all was refused",
      "SELECT substr(location, 9), format('line %d: key %s was refused, and made an order', line, told.key)"
      "  FROM told JOIN order_later.idempotency_key i ON i.key = told.key AND scope GLOB 'POST /orders *'"
      " WHERE outcome = 'refused'"
      "   AND NOT EXISTS (SELECT 1 FROM told AS other WHERE other.key = told.key AND other.outcome <> 'refused')"
      " UNION ALL "
      "SELECT order_id, format('line %d: it was refused, and exists', line) FROM told"
      " WHERE outcome = 'refused' AND EXISTS (SELECT 1 FROM order_later.orders o WHERE o.order_id = told.order_id)"
      "   AND NOT EXISTS (SELECT 1 FROM told AS other"
      "                    WHERE other.order_id = told.order_id AND other.outcome <> 'refused')" },

    { .name = NULL },
};
