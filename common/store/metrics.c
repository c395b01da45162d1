#include "metrics.h"

#include "../base/memory.h"
#include "db.h"

#include <assert.h>
#include <stdlib.h>

enum { VALUES = 8 };            /* of a label */

struct staged {
    int row, value;
    int64_t ms;
};

struct metrics {
    const struct metric *rows;
    int row_count;
    struct series (*series)[VALUES];
    /* Counted in the open turn. The room is kept from turn to turn: on the hot path nothing is allocated. */
    struct staged *staged;
    size_t count, room;
    size_t mark;                /* where the running cause began */
};

struct metrics *
metrics_new(const struct metric *rows)
{
    struct metrics *metrics = memory_new(1, sizeof(*metrics));

    metrics->rows = rows;
    while (rows[metrics->row_count].name != NULL)
        metrics->row_count++;
    metrics->series = memory_new((size_t)metrics->row_count + 1, sizeof(*metrics->series));
    return metrics;
}

void
metrics_free(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    free(metrics->series);
    free(metrics->staged);
    free(metrics);
}

/* ---- counting ---- */

static void
stage(struct metrics *metrics, struct staged staged)
{
    if (metrics == NULL)
        return;
    assert(staged.row < metrics->row_count && staged.value < VALUES);
    if (metrics->count == metrics->room) {
        metrics->room = metrics->room == 0 ? 1024 : 2 * metrics->room;
        metrics->staged = memory_resize(metrics->staged, metrics->room, sizeof(*metrics->staged));
    }
    metrics->staged[metrics->count++] = staged;
}

void
metrics_count(struct db *db, int row, int value)
{
    stage(db_context(db)->metrics, (struct staged){ row, value, 0 });
}

void
metrics_time(struct db *db, int row, int value, int64_t ms)
{
    stage(db_context(db)->metrics, (struct staged){ row, value, ms < 0 ? 0 : ms });     /* clocks may be set back */
}

/* ---- causes and turns ---- */

void
metrics_cause_begin(struct metrics *metrics)
{
    if (metrics != NULL)
        metrics->mark = metrics->count;
}

void
metrics_cause_end(struct metrics *metrics, bool kept)
{
    if (metrics != NULL && !kept)
        metrics->count = metrics->mark;
}

void
metrics_turn_end(struct metrics *metrics, bool committed)
{
    if (metrics == NULL)
        return;
    for (size_t i = 0; committed && i < metrics->count; i++) {
        const struct staged *staged = &metrics->staged[i];
        struct series *series = &metrics->series[staged->row][staged->value];

        series->count++;
        if (metrics->rows[staged->row].kind == METRIC_DURATION)
            histogram_add(&series->times_ms, histogram_ages_ms, staged->ms);
    }
    metrics->count = metrics->mark = 0;
}

const struct series *
metrics_series(const struct metrics *metrics, int row, int value)
{
    assert(row < metrics->row_count && value < VALUES);
    return &metrics->series[row][value];
}
