/* A payment: what payment-svc decides about one order. */
#ifndef PAYMENT_H
#define PAYMENT_H

#include "../common/base/envelope.h"

#include <stdbool.h>
#include <stdint.h>

struct db;

enum payment_status { PAYMENT_IS_COMPLETED, PAYMENT_IS_DECLINED, PAYMENT_IS_VOIDED, PAYMENT_IS_REFUNDED };

struct payment {
    const char *order_id;
    const char *customer_id, *currency;   /* NULL if the event could not be read */
    int64_t amount;                       /* minor units */
    int64_t pay_by;                       /* ms since 1970 */
    enum payment_status status;
    const char *reason;                   /* of DECLINED */
};

/* What taking money from an account came to. */
enum charge { CHARGE_DONE, CHARGE_UNKNOWN_ACCOUNT, CHARGE_CURRENCY_MISMATCH, CHARGE_INSUFFICIENT_FUNDS };

const char *payment_status_name(enum payment_status status);

/* Reads order.created. -1 if it is malformed. Strings live in db_scratch. */
int payment_from_order(struct db *db, const struct envelope *in, struct payment *payment);
/* Reads what can be read of an event of order-svc: customer, currency and amount, or NULL and 0. */
void payment_from_any(struct db *db, const struct envelope *in, struct payment *payment);

bool payment_is_late(const struct payment *payment, int64_t now_ms);
/* COMPLETED, or DECLINED with the reason. */
void payment_decide(struct payment *payment, enum charge charge);
void payment_decline(struct payment *payment, const char *reason);

#endif
