/* What payment-svc counts of its payments, for /metrics. Called where the change is made (payment_store.c). */
#ifndef PAYMENT_METRICS_H
#define PAYMENT_METRICS_H

#include "../common/store/metrics.h"
#include "payment.h"

extern const struct metric payment_metrics[];

/* A payment has come into this status. */
void payment_count_status(struct db *db, enum payment_status status);

#endif
