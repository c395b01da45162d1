#include "reactions.h"

#include "../common/store/db.h"
#include "payment_store.h"

/* Not so when order-svc runs with another SHARDS: the customer's account is elsewhere, and nothing is wrong with the order. */
static bool
is_ours(struct db *db, const struct payment *payment)
{
    const struct shard *shard = &db_context(db)->shard;

    return shard_of_customer(shard, payment->customer_id) == shard->index;
}

struct outcome
on_order_created(struct db *db, const struct envelope *in)
{
    struct payment payment;

    if (payment_from_order(db, in, &payment) != 0)
        return REFUSED("malformed_order");
    if (payment_exists(db, in->subject))
        return DONE_BEFORE;         /* decided before: paid, declined or voided */
    if (!is_ours(db, &payment))
        return REFUSED("unknown_order");
    if (payment_is_late(&payment, in->received_at))
        payment_decline(&payment, "expired");
    else
        payment_decide(&payment, account_charge(db, in, &payment));
    payment_insert(db, in, &payment);
    return payment_say(db, in, payment.status == PAYMENT_IS_COMPLETED ? PAYMENT_COMPLETED : PAYMENT_DECLINED);
}

/* The answer is always one of two: the charge was given back, or there is none and there will be none. */
struct outcome
on_order_cancelled(struct db *db, const struct envelope *in)
{
    struct payment payment;

    if (payment_refund_if_completed(db, in))
        return payment_say(db, in, PAYMENT_REFUNDED);
    payment_from_any(db, in, &payment);
    if (payment_void(db, in, &payment))
        return payment_say(db, in, PAYMENT_VOIDED);
    return DONE_BEFORE;
}

struct outcome
decline_unprocessable(struct db *db, const struct envelope *in)
{
    struct payment payment;

    payment_from_any(db, in, &payment);
    payment_decline(&payment, "unprocessable");
    if (payment_insert(db, in, &payment))
        return payment_say(db, in, PAYMENT_DECLINED);
    return DONE_BEFORE;
}
