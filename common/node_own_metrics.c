/* What /metrics shows of the service's own business (its table `metrics`), of its health, and of its process. */
#include "node.h"

#include "http/exposition.h"
#include "process_metrics.h"
#include "store/db.h"
#include "store/metrics.h"

#include <stdio.h>

static void
write_series(const struct metric *metric, const char *value, const struct series *series, struct exposition *out)
{
    char labels[80] = "";

    if (value != NULL)
        snprintf(labels, sizeof(labels), "%s=\"%s\"", metric->label, value);
    if (metric->kind == METRIC_COUNTER)
        exposition_sample(out, labels, (double)series->count);
    else
        exposition_histogram(out, labels, &series->times_ms, histogram_ages_ms, 1e-3);
}

void
node_write_own(const struct node *node, struct exposition *out)
{
    static const char *const kinds[] = { "counter", "histogram", "gauge" };     /* by enum metric_kind */
    const struct metrics *metrics = db_context(node->core.db)->metrics;
    const struct metric *rows = node->service->metrics;

    for (int row = 0; rows != NULL && rows[row].name != NULL; row++) {
        exposition_metric(out, rows[row].name, kinds[rows[row].kind], rows[row].help);
        if (rows[row].kind == METRIC_GAUGE)
            exposition_sample(out, NULL, (double)rows[row].measure(node->core.db));
        else if (rows[row].label == NULL)
            write_series(&rows[row], NULL, metrics_series(metrics, row, 0), out);
        else
            for (int i = 0; rows[row].values[i] != NULL; i++)
                write_series(&rows[row], rows[row].values[i], metrics_series(metrics, row, i), out);
    }
}

void
node_write_health(const struct node *node, struct exposition *out)
{
    char texts[20][200], database[4200];

    exposition_metric(out, "service_ready", "gauge", "1 while writes are accepted.");
    exposition_sample(out, NULL, node_is_ready(node));
    exposition_metric(out, "service_degraded", "gauge", "How many things are not as they should be; /readyz lists them.");
    exposition_sample(out, NULL, node_degraded(node, texts, 20));
    snprintf(database, sizeof(database), "%.4000s/%s.db", node->settings->data_dir, node->service->name);
    process_metrics_write(database, out);
}
