/* All SQL of notify-svc. */
#ifndef NOTIFICATION_STORE_H
#define NOTIFICATION_STORE_H

#include "../common/base/outcome.h"
#include "notification.h"

struct call;

/* false if the customer was told this before, or is about to be. */
bool notification_insert(struct db *db, const struct envelope *in, const struct notification *notification);
/* PENDING becomes `status`; in->subject is the order. false if it was not PENDING. */
bool notification_end_if_pending(struct db *db, const struct envelope *in, const char *kind, const char *status);
/* It was tried once more, and is due again after wait_ms; false if it is not PENDING. */
bool notification_postpone(struct db *db, const struct envelope *in, const char *kind, int64_t wait_ms);

/* The calls of what is PENDING, as outside.h wants them. */
void notifications_due(struct db *db, int64_t now_ms, int limit, void (*each)(void *context, const struct call *call),
                       void *context);
int64_t notifications_pending(struct db *db);

/* Says how it ended, with its data as EVENTS.md describes them. */
struct outcome notification_say(struct db *db, const struct envelope *in, const char *kind, enum envelope_type type);
/* JSON in db_scratch. */
const char *notifications_json(struct db *db, const char *order_id);
/* For operators: each thing that happened to the order here. */
void notification_timeline(struct db *db, const char *order_id,
                           void (*each)(void *context, int64_t at_ms, const char *what), void *context);

#endif
