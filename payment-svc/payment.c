#include "payment.h"

#include "../common/store/json.h"

#include <string.h>

const char *
payment_status_name(enum payment_status status)
{
    static const char *const names[] = { "COMPLETED", "DECLINED", "VOIDED", "REFUNDED" };

    return names[status];
}

static int
read_data(struct db *db, const struct envelope *in, const struct json_rule *rules, struct payment *payment)
{
    struct json_value values[JSON_RULES];
    struct json_mistake mistake;

    *payment = (struct payment){ .order_id = in->subject };
    if (json_read(db, in->data, rules, values, &mistake) != 0)
        return -1;
    payment->customer_id = values[0].text;
    payment->currency = values[1].text;
    payment->amount = values[2].number;
    payment->pay_by = values[3].number;
    return 0;
}

int
payment_from_order(struct db *db, const struct envelope *in, struct payment *payment)
{
    static const struct json_rule rules[] = {
        { "customer_id", JSON_NAME, 1, 64, false },
        { "currency", JSON_CURRENCY, 3, 3, false },
        { "amount", JSON_INTEGER, 1, 9007199254740991, false },
        { "pay_by", JSON_TIME, 0, 0, false },
        { .name = NULL },
    };

    return read_data(db, in, rules, payment);
}

void
payment_from_any(struct db *db, const struct envelope *in, struct payment *payment)
{
    static const struct json_rule rules[] = {
        { "customer_id", JSON_NAME, 1, 64, true },
        { "currency", JSON_CURRENCY, 3, 3, true },
        { "amount", JSON_INTEGER, 1, 9007199254740991, true },
        { "pay_by", JSON_TIME, 0, 0, true },
        { .name = NULL },
    };

    if (read_data(db, in, rules, payment) != 0)
        *payment = (struct payment){ .order_id = in->subject };
}

bool
payment_is_late(const struct payment *payment, int64_t now_ms)
{
    return payment->pay_by < now_ms;
}

void
payment_decline(struct payment *payment, const char *reason)
{
    payment->status = PAYMENT_IS_DECLINED;
    payment->reason = reason;
}

void
payment_decide(struct payment *payment, enum charge charge)
{
    switch (charge) {
    case CHARGE_DONE:
        payment->status = PAYMENT_IS_COMPLETED;
        break;
    case CHARGE_UNKNOWN_ACCOUNT:
        payment_decline(payment, "unknown_account");
        break;
    case CHARGE_CURRENCY_MISMATCH:
        payment_decline(payment, "currency_mismatch");
        break;
    case CHARGE_INSUFFICIENT_FUNDS:
        payment_decline(payment, "insufficient_funds");
        break;
    }
}
