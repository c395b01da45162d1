/* What a service counts of its own business, beside what every service has. A count is taken under a cause: it is kept when
 * the cause is kept and its turn is durable, so that /metrics shows nothing that did not happen. Since the start of the
 * process only, in memory: nothing is written and no table is read for it. */
#ifndef METRICS_H
#define METRICS_H

#include "../base/histogram.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct metrics;

enum metric_kind { METRIC_COUNTER, METRIC_DURATION, METRIC_GAUGE };

/* A row of the service's table, which ends with name NULL. */
struct metric {
    const char *name, *help;                /* as Prometheus wants them: orders_total, "Orders …" */
    enum metric_kind kind;
    const char *label;                      /* its one label; NULL: none */
    const char *const *values;              /* of the label, ends with NULL */
    int64_t (*measure)(struct db *db);      /* of a gauge, at each scrape: an index must answer it, never a long scan */
};

/* rows outlives it. */
struct metrics *metrics_new(const struct metric *rows);
void metrics_free(struct metrics *metrics);

/* For handlers: one more of a counter; a duration in milliseconds (below 0 counts as 0). row is the index in the table,
 * value that of the label's value, 0 without a label. They do nothing where no metrics are set in db_context. */
void metrics_count(struct db *db, int row, int value);
void metrics_time(struct db *db, int row, int value, int64_t ms);

/* For group_commit.c: a cause begins, ends, the turn ends. NULL is fine. */
void metrics_cause_begin(struct metrics *metrics);
void metrics_cause_end(struct metrics *metrics, bool kept);
void metrics_turn_end(struct metrics *metrics, bool committed);

/* What was counted so far. */
struct series {
    uint64_t count;
    struct histogram times_ms;              /* bounds are histogram_ages_ms */
};
const struct series *metrics_series(const struct metrics *metrics, int row, int value);

#endif
