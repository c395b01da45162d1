#include "mutants.h"

#include "../../common/store/db.h"
#include "../../order-svc/order_store.h"
#include "../../order-svc/order_view_store.h"
#include "../../payment-svc/payment_store.h"

#include <string.h>

static const struct {
    const char *name, *what;
} kinds[MUTANTS] = {
    [MUTANT_NONE] = { "none", "" },
    [MUTANT_NO_STATUS_CHECK] = { "no-status-check", "order-svc marks an order as paid whatever it is" },
    [MUTANT_POSITION_FIRST] = { "position-first", "the position is stored before the effects" },
    [MUTANT_REPORT_FIRST] = { "report-first", "the relay's cursor goes on before the broker has the row" },
    [MUTANT_REPLY_FIRST] = { "reply-first", "replies leave before the COMMIT" },
    [MUTANT_SWALLOWED_RETRY] = { "swallowed-retry", "a handler that fails is taken for done" },
    [MUTANT_REFUND_ALWAYS] = { "refund-always", "payment-svc refunds what it never charged" },
};

const char *
mutant_name(enum mutant mutant)
{
    return kinds[mutant].name;
}

const char *
mutant_what(enum mutant mutant)
{
    return kinds[mutant].what;
}

enum mutant
mutant_parse(const char *name)
{
    int mutant = 0;

    while (mutant < MUTANTS && strcmp(kinds[mutant].name, name) != 0)
        mutant++;
    return (enum mutant)mutant;
}

/* ---- wrong handlers ---- */

static struct outcome
mark_paid(struct db *db, const struct envelope *in)
{
    static const char sql[] = "UPDATE orders SET status = 'PAID', version = version + 1 WHERE order_id = :order_id";

    if (db_run(db, sql, FIELDS(TEXT("order_id", in->subject))) == 0)
        return DONE_BEFORE;
    order_history_add(db, in, in->subject, ORDER_IS_PAID, NULL);
    return order_say(db, in, in->subject, ORDER_PAID);
}

static struct outcome
refund(struct db *db, const struct envelope *in)
{
    static const char sql[] = "UPDATE payment SET status = 'COMPLETED' WHERE order_id = :order_id AND amount > 0";

    db_run(db, sql, FIELDS(TEXT("order_id", in->subject)));
    if (payment_refund_if_completed(db, in))
        return payment_say(db, in, PAYMENT_REFUNDED);
    return DONE_BEFORE;
}

handler *
mutant_handler(enum mutant mutant, enum audited service, enum envelope_type type)
{
    if (mutant == MUTANT_NO_STATUS_CHECK && service == AUDIT_ORDER && type == PAYMENT_COMPLETED)
        return mark_paid;
    return mutant == MUTANT_REFUND_ALWAYS && service == AUDIT_PAYMENT && type == ORDER_CANCELLED ? refund : NULL;
}
