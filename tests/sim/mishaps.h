/* The mishaps that come by the clock, whatever anybody does. */
#ifndef MISHAPS_H
#define MISHAPS_H

#include <stdint.h>

void mishaps_begin(void);
void mishaps_end(void);
/* Time that was lost by jumps: nobody did anything in it. */
int64_t mishaps_jumped_us(void);

#endif
