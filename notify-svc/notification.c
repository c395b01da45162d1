#include "notification.h"

#include "../common/base/memory.h"
#include "../common/store/db.h"
#include "../common/store/json.h"

#include <assert.h>

const char *
notification_kind(enum envelope_type type)
{
    switch (type) {
    case ORDER_PAID:
        return "paid";
    case ORDER_REJECTED:
        return "rejected";
    case ORDER_CANCELLED:
        return "cancelled";
    case PAYMENT_REFUNDED:
        return "refunded";
    default:
        assert(0 && "an event that service.c does not list");
        return "";
    }
}

int
notification_from(struct db *db, const struct envelope *in, struct notification *notification)
{
    static const struct json_rule rules[] = { { "customer_id", JSON_NAME, 1, 64, false }, { .name = NULL } };
    const struct db_context *context = db_context(db);
    const struct notify_settings *settings = context->settings;
    struct json_value values[JSON_RULES];
    struct json_mistake mistake;
    int result = json_read(db, in->data, rules, values, &mistake);

    *notification = (struct notification){
        .order_id = in->subject,
        .kind = notification_kind(in->type),
        .customer_id = result == 0 ? values[0].text : NULL,
        .channel = settings->channel,
        .traceparent = in->traceparent,
    };
    uuid_new(context->ids, in->received_at, notification->notification_id);
    notification->text = arena_format(db_scratch(db), "Dear %s, your order %s is %s.",
                                      result == 0 ? values[0].text : "customer", in->subject, notification->kind);
    return result;
}
