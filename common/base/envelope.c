#include "envelope.h"

#include <assert.h>
#include <string.h>

static const char *const topic_names[ALL_TOPICS] = {
    [ORDERS] = "orders",         [PAYMENTS] = "payments",         [NOTIFICATIONS] = "notifications",
    [ORDERS_DLT] = "orders.DLT", [PAYMENTS_DLT] = "payments.DLT", [NOTIFICATIONS_DLT] = "notifications.DLT",
};

static const struct {
    const char *name;
    enum topic topic;
} types[ENVELOPE_TYPES] = {
    [NO_TYPE] = { "", TOPICS },
    [ORDER_CREATED] = { "order.created", ORDERS },
    [ORDER_PAID] = { "order.paid", ORDERS },
    [ORDER_REJECTED] = { "order.rejected", ORDERS },
    [ORDER_CANCELLED] = { "order.cancelled", ORDERS },
    [PAYMENT_COMPLETED] = { "payment.completed", PAYMENTS },
    [PAYMENT_DECLINED] = { "payment.declined", PAYMENTS },
    [PAYMENT_REFUNDED] = { "payment.refunded", PAYMENTS },
    [PAYMENT_VOIDED] = { "payment.voided", PAYMENTS },
    [NOTIFICATION_SENT] = { "notification.sent", NOTIFICATIONS },
    [NOTIFICATION_FAILED] = { "notification.failed", NOTIFICATIONS },
};

const char *
envelope_type_name(enum envelope_type type)
{
    return types[type].name;
}

enum envelope_type
envelope_type_parse(const char *name)
{
    for (int type = NO_TYPE + 1; type < ENVELOPE_TYPES; type++)
        if (strcmp(name, types[type].name) == 0)
            return (enum envelope_type)type;
    return NO_TYPE;
}

enum topic
envelope_topic(enum envelope_type type)
{
    assert(type != NO_TYPE);
    return types[type].topic;
}

const char *
topic_name(enum topic topic)
{
    return topic_names[topic];
}

int
topic_parse(const char *name, enum topic *topic)
{
    for (int i = 0; i < ALL_TOPICS; i++)
        if (strcmp(name, topic_names[i]) == 0) {
            *topic = (enum topic)i;
            return 0;
        }
    return -1;
}

struct envelope
envelope_answer(const struct envelope *in, enum envelope_type type, const char *subject, int64_t sequence,
                const char *data)
{
    return (struct envelope){
        .type = type,
        .topic = envelope_topic(type),
        .subject = subject,
        .causation = in->id,
        .traceparent = in->traceparent,
        .sequence = sequence,
        .time = in->received_at,
        .received_at = in->received_at,
        .data = data,
        .data_size = strlen(data),
    };
}
