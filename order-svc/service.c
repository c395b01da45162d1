/* All that order-svc hears, and all it may answer. */
#include "service.h"

#include "http_orders.h"
#include "order.h"
#include "order_metrics.h"
#include "order_store.h"
#include "order_view_store.h"
#include "reactions.h"

extern const char order_schema[], order_openapi[];     /* schema.sql, openapi.yaml */
extern const char order_upgrade_002[];

static const char *const upgrades[] = { order_upgrade_002 };

static const struct route routes[] = {
    { .method = "POST", .path = "/orders", .handle = post_order, .emits = { ORDER_CREATED },
      .key = KEY_OPTIONAL, .owner = { .whose = A_CUSTOMERS, .in_body = "customer_id" },
      .if_refused = cancel_unpublished, .if_refused_emits = { ORDER_CANCELLED } },
    { .method = "GET", .path = "/orders", .handle = get_orders },
    { .method = "GET", .path = "/orders/{id}", .handle = get_order, .owner.whose = AN_ORDERS },
    { .method = "POST", .path = "/orders/{id}/cancellation", .handle = post_cancellation,
      .emits = { ORDER_CANCELLED }, .key = KEY_OPTIONAL, .owner.whose = AN_ORDERS },
    { .method = "GET", .path = "/orders/{id}/timeline", .handle = get_timeline, .owner.whose = AN_ORDERS },
    { 0 }
};

static const struct reaction reactions[] = {
    { .on = PAYMENT_COMPLETED, .handle = on_payment_completed, .once = BY_STATE, .emits = { ORDER_PAID },
      .give_up = cancel_unrecorded, .give_up_emits = { ORDER_CANCELLED } },
    { .on = PAYMENT_DECLINED, .handle = on_payment_declined, .once = BY_STATE, .emits = { ORDER_REJECTED } },
    { .on = PAYMENT_VOIDED, .handle = on_payment_voided, .once = BY_STATE },
    { .on = PAYMENT_REFUNDED, .handle = on_payment_refunded, .once = BY_STATE },
    { .on = NOTIFICATION_SENT, .handle = on_notification, .once = BY_STATE },
    { .on = NOTIFICATION_FAILED, .handle = on_notification, .once = BY_STATE },
    { 0 }
};

static const struct timer timers[] = {
    { .name = "expiry", .at_end_of = PAYMENTS, .due = expiry_due, .handle = on_expiry,
      .emits = { ORDER_CANCELLED } },
    { 0 }
};

static const struct completion completions[] = { { 0 } };

static const struct setting settings[] = {
    { "PAY_WITHIN", "900", "s", "an order that is unpaid this long after its acceptance expires", SETTING_INT,
      offsetof(struct order_settings, pay_within_s), 1, 31536000, NULL },
    { .name = NULL },
};

static const struct feed feed = { "/orders/events", order_history_last, order_history_read };

const struct service order_service = {
    .name = "order-svc",
    .source = "/order-svc",
    .schema = order_schema,
    .upgrades = upgrades,
    .openapi = order_openapi,
    .speaks_on = ORDERS,
    .default_port = 8081,
    .settings = settings,
    .settings_size = sizeof(struct order_settings),
    .routes = routes,
    .reactions = reactions,
    .timers = timers,
    .completions = completions,
    .feed = &feed,
    .metrics = order_metrics,
    .timeline = order_timeline,
};
