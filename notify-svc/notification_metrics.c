#include "notification_metrics.h"

#include <string.h>

enum { NOTIFICATIONS_TOTAL };

static const char *const statuses[] = { "SENT", "FAILED", NULL };

const struct metric notification_metrics[] = {
    [NOTIFICATIONS_TOTAL] = { "notifications_total", "Notifications that came to this end.", METRIC_COUNTER, "status",
                              statuses, NULL },
    { .name = NULL },
};

void
notification_count_status(struct db *db, const char *status)
{
    for (int i = 0; statuses[i] != NULL; i++)
        if (strcmp(status, statuses[i]) == 0)
            metrics_count(db, NOTIFICATIONS_TOTAL, i);
}
