/* All that notify-svc hears, and all it may answer. */
#include "service.h"

#include "http_notifications.h"
#include "notification.h"
#include "notification_metrics.h"
#include "notification_store.h"
#include "reactions.h"
#include "webhook.h"

extern const char notify_schema[], notify_openapi[];     /* schema.sql, openapi.yaml */
extern const char notify_upgrade_002[];

static const char *const upgrades[] = { notify_upgrade_002 };

static const struct route routes[] = {
    { .method = "GET", .path = "/notifications", .handle = get_notifications,
      .owner = { .whose = AN_ORDERS, .in_query = "order_id" } },
    { 0 }
};

static const struct reaction reactions[] = {
    { .on = ORDER_PAID, .handle = on_news, .once = BY_PROCESSED_EVENT, .emits = { NOTIFICATION_SENT },
      .give_up = fail_notification, .give_up_emits = { NOTIFICATION_FAILED } },
    { .on = ORDER_REJECTED, .handle = on_news, .once = BY_PROCESSED_EVENT, .emits = { NOTIFICATION_SENT },
      .give_up = fail_notification, .give_up_emits = { NOTIFICATION_FAILED } },
    { .on = ORDER_CANCELLED, .handle = on_news, .once = BY_PROCESSED_EVENT, .emits = { NOTIFICATION_SENT },
      .give_up = fail_notification, .give_up_emits = { NOTIFICATION_FAILED } },
    { .on = PAYMENT_REFUNDED, .handle = on_news, .once = BY_PROCESSED_EVENT, .emits = { NOTIFICATION_SENT },
      .give_up = fail_notification, .give_up_emits = { NOTIFICATION_FAILED } },
    { 0 }
};

static const struct timer timers[] = { { 0 } };

static const struct completion completions[] = {
    { .name = "delivered", .handle = on_delivered, .emits = { NOTIFICATION_SENT } },
    { .name = "undeliverable", .handle = on_undeliverable, .emits = { NOTIFICATION_FAILED } },
    { .name = "postponed", .handle = on_delivery_postponed },
    { 0 }
};

#define OWN(member_) offsetof(struct notify_settings, member_)

static const char *const channels[] = { "console", "webhook", NULL };

static const struct setting settings[] = {
    { "NOTIFY_CHANNEL", "console", "", "how customers are told: console (what is stored is what they read) or webhook",
      SETTING_TEXT, OWN(channel), 0, 10, channels },
    { "WEBHOOK_URL", "", "", "where notifications are posted, http://HOST[:PORT][/PATH]; for TLS a proxy's", SETTING_TEXT,
      OWN(webhook_url), 0, 2000, NULL },
    { "WEBHOOK_TIMEOUT_MS", "5000", "ms", "a post that has no answer by then is tried again", SETTING_INT,
      OWN(webhook_timeout_ms), 10, 60000, NULL },
    { "WEBHOOK_MAX_TRIES", "20", "", "then a notification is FAILED; at once after a 4xx but 408 and 429", SETTING_INT,
      OWN(webhook_max_tries), 1, 1000, NULL },
    { "WEBHOOK_BACKOFF_INTERVAL_MS", "1000", "ms", "wait after the first try, doubled at each", SETTING_INT,
      OWN(webhook_backoff_interval_ms), 1, 3600000, NULL },
    { "WEBHOOK_BACKOFF_MAX_MS", "600000", "ms", "the longest wait; of each up to a half is left to chance", SETTING_INT,
      OWN(webhook_backoff_max_ms), 1, 86400000, NULL },
    { "WEBHOOK_MAX_IN_FLIGHT", "8", "", "posts at once", SETTING_INT, OWN(webhook_max_in_flight), 1, 64, NULL },
    { .name = NULL },
};

const struct service notify_service = {
    .name = "notify-svc",
    .source = "/notify-svc",
    .schema = notify_schema,
    .upgrades = upgrades,
    .openapi = notify_openapi,
    .speaks_on = NOTIFICATIONS,
    .default_port = 8083,
    .settings = settings,
    .settings_size = sizeof(struct notify_settings),
    .routes = routes,
    .reactions = reactions,
    .timers = timers,
    .completions = completions,
    .metrics = notification_metrics,
    .outside = &webhook,
    .check_settings = webhook_check_settings,
    .timeline = notification_timeline,
};
