/* What the files of checks share: what they look at, and how they say that something may be gone by now. */
#ifndef CHECKS_PRIVATE_H
#define CHECKS_PRIVATE_H

#include "checks.h"

extern const struct population examined_files, examined_orders, examined_steps, examined_keys, examined_accounts,
    examined_currencies, examined_payments, examined_movements, examined_notifications, examined_notices, examined_events,
    examined_processed, examined_lines, examined_sent, examined_records, examined_positions;

/* Each ends with a name NULL. */
extern const struct check checks_of_files[], checks_of_orders[], checks_of_money[], checks_of_telling[], checks_of_said[],
    checks_of_heard[], checks_of_records[], checks_of_driver[];

/* The event was said so long ago that its row may be gone from the outbox. */
#define MAY_BE_PRUNED(id) "coalesce(" id " < (SELECT id FROM horizon), 0)"

/* The row of a service's table about something with this id may have been deleted by retention. */
#define MAY_BE_DELETED(service, table, id) \
    "coalesce(" id " < (SELECT d.id FROM deleted d WHERE d.service = '" service "' AND d.name = '" table "'), 0)"

/* Where other checks see to it that nothing was invented or doubled, equal numbers say that nothing was lost either, and
 * the look at every row is spared. Not so when some of what was invented may pass for pruned. */
#define UNLESS_AS_MANY(found, wanted) \
    "((SELECT count(*) FROM " found ") <> (SELECT count(*) FROM " wanted ") OR EXISTS (SELECT 1 FROM pruned))"

#endif
