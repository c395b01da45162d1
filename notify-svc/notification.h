/* A notification: what a customer is told about an order, once for each kind. */
#ifndef NOTIFICATION_H
#define NOTIFICATION_H

#include "../common/base/envelope.h"
#include "../common/base/settings.h"
#include "../common/base/uuid.h"

struct db;

struct notification {
    char notification_id[UUID_TEXT];
    const char *order_id;
    const char *kind;               /* "paid", "rejected", "cancelled", "refunded" */
    const char *customer_id;        /* NULL if the event could not be read */
    const char *channel;            /* "console", "webhook" */
    const char *status;             /* "PENDING", "SENT", "FAILED" */
    const char *text;
    const char *traceparent;        /* of the news; NULL if there is none */
};

/* Settings of notify-svc beside the common ones. */
struct notify_settings {
    struct settings common;
    const char *channel;
    const char *webhook_url;        /* "" if there is none */
    int64_t webhook_timeout_ms;
    int64_t webhook_max_tries;
    int64_t webhook_backoff_interval_ms;
    int64_t webhook_backoff_max_ms;
    int64_t webhook_max_in_flight;
};

/* The kind of notification that an event calls for. */
const char *notification_kind(enum envelope_type type);
/* Fills everything but the status. -1 if the event is malformed: customer_id is NULL then. Strings live in db_scratch. */
int notification_from(struct db *db, const struct envelope *in, struct notification *notification);

#endif
