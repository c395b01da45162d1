/* All SQL of notify-svc. */
#ifndef NOTIFICATION_STORE_H
#define NOTIFICATION_STORE_H

#include "../common/base/outcome.h"
#include "notification.h"

/* false if the customer was told this before, or is about to be. */
bool notification_insert(struct db *db, const struct envelope *in, const struct notification *notification);
/* PENDING becomes `status`; in->subject is the order. false if it was not PENDING. */
bool notification_end_if_pending(struct db *db, const struct envelope *in, const char *kind, const char *status);
/* One more try of the outside call; false if it is not PENDING. */
bool notification_count_try(struct db *db, const struct envelope *in, const char *kind);

/* Says how it ended, with its data as EVENTS.md describes them. */
struct outcome notification_say(struct db *db, const struct envelope *in, const char *kind, enum envelope_type type);
/* JSON in db_scratch. */
const char *notifications_json(struct db *db, const char *order_id);

#endif
