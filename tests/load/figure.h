/* A number that a run comes to, by its name: what --check can speak of. */
#ifndef FIGURE_H
#define FIGURE_H

#include "process.h"
#include "results.h"

struct arguments;
struct outcome;

enum figure_kind { FIGURE_LATENCY, FIGURE_COUNT, FIGURE_PROCESS };

struct figure {
    enum figure_kind kind;
    bool is_time;                   /* then it is in ms, and whoever compares it has to say a unit */
    enum measure measure;           /* of a latency */
    enum latency_point point;
    int row;                        /* of the table of counts, or of what a process has */
    char process[PROCESS_NAME];
};

/* Finds what has this name (size bytes) in a run with these arguments. -1 if nothing has. */
int figure_find(struct figure *figure, const char *name, size_t size, const struct arguments *arguments);
/* NAN: nothing was measured. */
double figure_value(const struct figure *figure, const struct outcome *outcome);
/* The names there are, for people. */
extern const char figure_help[];

#endif
