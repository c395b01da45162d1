#include "reactions.h"

#include "order_store.h"
#include "order_view_store.h"

#include <string.h>

#define IS(status_) (1u << ORDER_IS_##status_)

/* The update changed nothing: either the order is past it (in one of these states), or it cannot be. */
static struct outcome
unchanged(struct db *db, const struct envelope *in, unsigned past)
{
    enum order_status status = order_status(db, in->subject);

    if (status == ORDER_STATUSES)
        return REFUSED("unknown_order");
    return past >> status & 1 ? DONE_BEFORE : REFUSED("impossible_state");
}

struct outcome
on_payment_completed(struct db *db, const struct envelope *in)
{
    if (order_mark_paid_if_created(db, in))
        return order_say(db, in, in->subject, ORDER_PAID);
    return unchanged(db, in, IS(PAID) | IS(CANCELLED) | IS(REFUNDED));   /* cancelled: a refund is on its way */
}

struct outcome
on_payment_declined(struct db *db, const struct envelope *in)
{
    static const struct json_rule rules[] = { { "reason", JSON_TEXT, 1, 64, false }, { .name = NULL } };
    struct json_value values[JSON_RULES];
    struct json_mistake mistake;

    if (json_read(db, in->data, rules, values, &mistake) != 0)
        return REFUSED("malformed_payment");
    if (order_reject_if_created(db, in, values[0].text))
        return order_say(db, in, in->subject, ORDER_REJECTED);
    return unchanged(db, in, IS(REJECTED) | IS(CANCELLED));
}

struct outcome
on_payment_voided(struct db *db, const struct envelope *in)
{
    if (order_close_if(db, in, ORDER_IS_CANCELLED)) {
        order_history_add(db, in, in->subject, ORDER_IS_CANCELLED, "closed");
        return DONE;
    }
    return unchanged(db, in, IS(CANCELLED));
}

struct outcome
on_payment_refunded(struct db *db, const struct envelope *in)
{
    if (order_refund_if_cancelled(db, in))
        return DONE;
    return unchanged(db, in, IS(REFUNDED));
}

/* The states in which a customer can have been told this; "refunded" may be read before payment.refunded, since they
 * come from two topics. 0 for a kind that is none. */
static unsigned
states_that_notify(const char *kind)
{
    if (strcmp(kind, "paid") == 0)
        return IS(PAID) | IS(CANCELLED) | IS(REFUNDED);
    if (strcmp(kind, "rejected") == 0)
        return IS(REJECTED);
    if (strcmp(kind, "cancelled") == 0 || strcmp(kind, "refunded") == 0)
        return IS(CANCELLED) | IS(REFUNDED);
    return 0;
}

struct outcome
on_notification(struct db *db, const struct envelope *in)
{
    static const struct json_rule rules[] = { { "kind", JSON_TEXT, 1, 20, false }, { .name = NULL } };
    const char *outcome = in->type == NOTIFICATION_SENT ? "SENT" : "FAILED";
    struct json_value values[JSON_RULES];
    struct json_mistake mistake;
    enum order_status status = order_status(db, in->subject);
    const char *kind;

    if (json_read(db, in->data, rules, values, &mistake) != 0)
        return REFUSED("malformed_notification");
    kind = values[0].text;
    if (status == ORDER_STATUSES)
        return REFUSED("unknown_order");
    if (!(states_that_notify(kind) >> status & 1))
        return REFUSED("impossible_state");
    if (!order_notice_add(db, in, status, kind, outcome))
        return DONE_BEFORE;
    if (status == ORDER_IS_PAID || status == ORDER_IS_REJECTED)
        order_close_if(db, in, status);
    return DONE;
}

struct outcome
cancel_unrecorded(struct db *db, const struct envelope *in)
{
    if (order_cancel_if_created(db, in, in->subject, "payment_unprocessable"))
        return order_say(db, in, in->subject, ORDER_CANCELLED);
    return DONE_BEFORE;
}

struct outcome
cancel_unpublished(struct db *db, const struct envelope *in)
{
    if (order_cancel_if_created(db, in, in->subject, "publish_failed"))
        return order_say(db, in, in->subject, ORDER_CANCELLED);
    return DONE_BEFORE;
}

/* ---- expiry ---- */

enum { EXPIRED_AT_ONCE = 256 };

bool
expiry_due(struct db *db, int partition, int64_t now_ms)
{
    char order_ids[1][UUID_TEXT];

    return orders_overdue(db, partition, now_ms, 1, order_ids) > 0;
}

struct outcome
on_expiry(struct db *db, const struct envelope *in)
{
    char order_ids[EXPIRED_AT_ONCE][UUID_TEXT];
    int count = orders_overdue(db, in->partition, in->received_at, EXPIRED_AT_ONCE, order_ids);

    for (int i = 0; i < count; i++)
        if (order_cancel_if_created(db, in, order_ids[i], "expired"))
            order_say(db, in, order_ids[i], ORDER_CANCELLED);
    return count > 0 ? DONE : DONE_BEFORE;
}
