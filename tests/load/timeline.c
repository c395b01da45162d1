#include "timeline.h"

#include "../../common/base/memory.h"

#include <stdlib.h>
#include <string.h>

void
timeline_init(struct timeline *timeline, int processes)
{
    *timeline = (struct timeline){ .processes = processes, .stride = 1 };
}

void
timeline_release(struct timeline *timeline)
{
    for (int i = 0; i < timeline->count; i++)
        free(timeline->points[i].readings);
    free(timeline->points);
    *timeline = (struct timeline){ .count = 0 };
}

/* Halves the points. TIMELINE_POINTS is even. */
static void
thin(struct timeline *timeline)
{
    for (int i = 0; i < timeline->count / 2; i++) {
        timeline->points[i] = timeline->points[2 * i];
        second_merge(&timeline->points[i], &timeline->points[2 * i + 1], timeline->processes);
        free(timeline->points[2 * i + 1].readings);
    }
    timeline->count /= 2;
    timeline->stride *= 2;
}

static void
append(struct timeline *timeline, const struct second *second)
{
    size_t size = (size_t)timeline->processes * sizeof(struct reading);
    struct second *point;

    if (timeline->count == TIMELINE_POINTS)
        thin(timeline);
    if (timeline->count == timeline->room) {
        timeline->room = timeline->room == 0 ? 128 : 2 * timeline->room;
        timeline->points = memory_resize(timeline->points, (size_t)timeline->room, sizeof(*timeline->points));
    }
    point = &timeline->points[timeline->count++];
    *point = *second;
    point->readings = NULL;
    if (size > 0) {
        point->readings = memory_new(1, size);
        memcpy(point->readings, second->readings, size);
    }
    timeline->merged = 1;
}

void
timeline_add(struct timeline *timeline, const struct second *second)
{
    bool remainder = second->length_s < 0.5 && timeline->count > 0;     /* its rates would only be noise */

    if (!remainder && (timeline->count == 0 || timeline->merged >= timeline->stride)) {
        append(timeline, second);
        return;
    }
    second_merge(&timeline->points[timeline->count - 1], second, timeline->processes);
    timeline->merged++;
}
