#include "csv.h"

#include <math.h>

void
csv_header(FILE *out, const struct process *processes, int count)
{
    fputs("seconds,length_s", out);
    for (int i = 0; i < SECOND_COUNTS; i++)
        fprintf(out, ",%s", second_count_names[i]);
    fputs(",backlog", out);
    for (int i = 0; i < MEASURES; i++)
        for (int point = 0; point < LATENCY_POINTS; point++)
            fprintf(out, ",%s_%s_ms", results_measures[i], latency_point_names[point]);
    for (int i = 0; i < count; i++)
        for (int gauge = 0; gauge < processes[i].gauges; gauge++)
            fprintf(out, ",%s_%s", processes[i].name, process_gauge_names[gauge]);
    fputc('\n', out);
}

static void
cell(FILE *out, double value)
{
    if (isnan(value))
        fputc(',', out);
    else
        fprintf(out, value == floor(value) ? ",%.0f" : ",%.3f", value);
}

void
csv_second(FILE *out, const struct second *second, const struct process *processes, int count)
{
    fprintf(out, "%.3f,%.3f", second->at_s, second->length_s);
    for (int i = 0; i < SECOND_COUNTS; i++)
        fprintf(out, ",%llu", (unsigned long long)second->count[i]);
    fprintf(out, ",%llu", (unsigned long long)second->backlog);
    for (int i = 0; i < MEASURES; i++)
        for (int point = 0; point < LATENCY_POINTS; point++)
            cell(out, second->ms[i][point]);
    for (int i = 0; i < count; i++)
        for (int gauge = 0; gauge < processes[i].gauges; gauge++)
            cell(out, second->readings[i].value[gauge]);
    fputc('\n', out);
    fflush(out);
}
