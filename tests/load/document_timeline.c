#include "document.h"

#include "json_out.h"
#include "timeline.h"

static void
write_counts(struct json_out *out, const struct timeline *timeline)
{
    for (int i = 0; i < SECOND_COUNTS; i++) {
        char name[40];

        snprintf(name, sizeof(name), "%s_per_s", second_count_names[i]);
        json_out_open(out, name, '[');
        for (int j = 0; j < timeline->count; j++)
            json_out_number(out, NULL, second_rate(&timeline->points[j], (enum second_count)i), 1);
        json_out_close(out, ']');
    }
    json_out_open(out, "backlog", '[');
    for (int j = 0; j < timeline->count; j++)
        json_out_count(out, NULL, timeline->points[j].backlog);
    json_out_close(out, ']');
}

static void
write_latencies(struct json_out *out, const struct timeline *timeline)
{
    json_out_open(out, "latency_ms", '{');
    for (int i = 0; i < MEASURES; i++) {
        json_out_open(out, results_measures[i], '{');
        for (int point = 0; point < LATENCY_POINTS; point++) {
            json_out_open(out, latency_point_names[point], '[');
            for (int j = 0; j < timeline->count; j++)
                json_out_number(out, NULL, timeline->points[j].ms[i][point], 3);
            json_out_close(out, ']');
        }
        json_out_close(out, '}');
    }
    json_out_close(out, '}');
}

static void
write_processes(struct json_out *out, const struct timeline *timeline, const struct process *processes)
{
    json_out_open(out, "processes", '[');
    for (int i = 0; i < timeline->processes; i++) {
        json_out_open(out, NULL, '{');
        json_out_text(out, "name", processes[i].name);
        for (int gauge = 0; gauge < processes[i].gauges; gauge++) {
            json_out_open(out, process_gauge_names[gauge], '[');
            for (int j = 0; j < timeline->count; j++)
                json_out_number(out, NULL, timeline->points[j].readings[i].value[gauge], 3);
            json_out_close(out, ']');
        }
        json_out_close(out, '}');
    }
    json_out_close(out, ']');
}

void
document_timeline(struct json_out *out, const struct timeline *timeline, const struct process *processes)
{
    json_out_open(out, "timeline", '{');
    json_out_count(out, "seconds_a_point", (uint64_t)timeline->stride);
    json_out_open(out, "at_s", '[');
    for (int i = 0; i < timeline->count; i++)
        json_out_number(out, NULL, timeline->points[i].at_s, 3);
    json_out_close(out, ']');
    write_counts(out, timeline);
    write_latencies(out, timeline);
    write_processes(out, timeline, processes);
    json_out_close(out, '}');
}
