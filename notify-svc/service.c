/* All that notify-svc hears, and all it may answer. */
#include "service.h"

#include "http_notifications.h"
#include "notification.h"
#include "reactions.h"

extern const char notify_schema[], notify_openapi[];     /* schema.sql, openapi.yaml */

static const struct route routes[] = {
    { .method = "GET", .path = "/notifications", .handle = get_notifications },
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

static const char *const channels[] = { "console", NULL };

static const struct setting settings[] = {
    { "NOTIFY_CHANNEL", "console", "", "how customers are told", SETTING_TEXT,
      offsetof(struct notify_settings, channel), 0, 10, channels },
    { .name = NULL },
};

const struct service notify_service = {
    .name = "notify-svc",
    .source = "/notify-svc",
    .schema = notify_schema,
    .openapi = notify_openapi,
    .speaks_on = NOTIFICATIONS,
    .default_port = 8083,
    .settings = settings,
    .settings_size = sizeof(struct notify_settings),
    .routes = routes,
    .reactions = reactions,
    .timers = timers,
    .completions = completions,
};
