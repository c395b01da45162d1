/* The seconds of a run, from its first to its last, in bounded memory. */
#ifndef LOAD_TIMELINE_H
#define LOAD_TIMELINE_H

#include "second.h"

enum { TIMELINE_POINTS = 3600 };

/* Of a run that is longer than its room, two seconds become one, then four, and so on. */
struct timeline {
    int processes;                  /* readings of each second */
    int count, room;
    int stride, merged;             /* seconds that make a point; those that the last point has */
    struct second *points;          /* owned, their readings too */
};

void timeline_init(struct timeline *timeline, int processes);
void timeline_release(struct timeline *timeline);

/* Copies it, readings included. What is much shorter than a second, as the last one may be, joins the one before. */
void timeline_add(struct timeline *timeline, const struct second *second);

#endif
