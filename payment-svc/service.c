/* All that payment-svc hears, and all it may answer. */
#include "service.h"

#include "http_accounts.h"
#include "payment_metrics.h"
#include "payment_store.h"
#include "reactions.h"

extern const char payment_schema[], payment_openapi[];     /* schema.sql, openapi.yaml */
extern const char payment_upgrade_002[];

static const char *const upgrades[] = { payment_upgrade_002 };

static const struct route routes[] = {
    { .method = "PUT", .path = "/accounts/{customer_id}", .handle = put_account, .owner.whose = A_CUSTOMERS },
    { .method = "GET", .path = "/accounts/{customer_id}", .handle = get_account, .owner.whose = A_CUSTOMERS },
    { .method = "POST", .path = "/accounts/{customer_id}/deposits", .handle = post_deposit, .key = KEY_REQUIRED,
      .owner.whose = A_CUSTOMERS },
    { .method = "GET", .path = "/payments/{order_id}", .handle = get_payment, .owner.whose = AN_ORDERS },
    { 0 }
};

static const struct reaction reactions[] = {
    { .on = ORDER_CREATED, .handle = on_order_created, .once = BY_PROCESSED_EVENT,
      .emits = { PAYMENT_COMPLETED, PAYMENT_DECLINED },
      .give_up = decline_unprocessable, .give_up_emits = { PAYMENT_DECLINED } },
    { .on = ORDER_CANCELLED, .handle = on_order_cancelled, .once = BY_PROCESSED_EVENT,
      .emits = { PAYMENT_REFUNDED, PAYMENT_VOIDED }, .compensates = true },
    { 0 }
};

static const struct timer timers[] = { { 0 } };

static const struct completion completions[] = { { 0 } };

static const struct setting settings[] = { { .name = NULL } };

const struct service payment_service = {
    .name = "payment-svc",
    .source = "/payment-svc",
    .schema = payment_schema,
    .upgrades = upgrades,
    .openapi = payment_openapi,
    .speaks_on = PAYMENTS,
    .default_port = 8082,
    .settings = settings,
    .settings_size = sizeof(struct settings),
    .routes = routes,
    .reactions = reactions,
    .timers = timers,
    .completions = completions,
    .metrics = payment_metrics,
    .timeline = payment_timeline,
};
