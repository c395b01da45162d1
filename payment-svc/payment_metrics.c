#include "payment_metrics.h"

enum { PAYMENTS_TOTAL };

static const char *const statuses[] = { "COMPLETED", "DECLINED", "VOIDED", "REFUNDED", NULL };     /* as in the enum */

const struct metric payment_metrics[] = {
    [PAYMENTS_TOTAL] = { "payments_total", "Payments that came into this status.", METRIC_COUNTER, "status", statuses, NULL },
    { .name = NULL },
};

void
payment_count_status(struct db *db, enum payment_status status)
{
    metrics_count(db, PAYMENTS_TOTAL, (int)status);
}
