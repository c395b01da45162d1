/* What happened to one order, put together from what the three databases keep of it. */
#ifndef TIMELINE_H
#define TIMELINE_H

#include <stdio.h>

struct audit;

/* A line for each thing that happened, in the order of time: time, service, what, because of what. */
void timeline_print(struct audit *audit, const char *order_id, FILE *out);

#endif
