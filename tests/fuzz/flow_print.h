/* A mix with its flows, written as files that say the same. */
#ifndef FLOW_PRINT_H
#define FLOW_PRINT_H

#include <stdio.h>

struct flow;
struct mix;

void flow_print(const struct flow *flow, FILE *out);
/* Shares and schedule; the flows are files of their own. Rates that bursts add are not whole: they are left out, and it
 * answers how many lines of the schedule were written. */
int mix_print(const struct mix *mix, FILE *out);

#endif
