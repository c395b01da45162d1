/* What notify-svc counts of its notifications, for /metrics. Called where the change is made (notification_store.c). */
#ifndef NOTIFICATION_METRICS_H
#define NOTIFICATION_METRICS_H

#include "../common/store/metrics.h"

extern const struct metric notification_metrics[];

/* A notification has come into this status. PENDING does not count: it will come into another one. */
void notification_count_status(struct db *db, const char *status);

#endif
