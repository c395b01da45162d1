/* The time, injected: real in a service, a variable in tests and in simulation. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

struct clock {
    int64_t (*now_us)(const struct clock *clock);        /* microseconds since 1970, UTC */
    int64_t (*monotonic_us)(const struct clock *clock);  /* microseconds since some start; never goes back */
    int64_t set_us;                                      /* what a manual clock answers to both */
};

struct clock clock_real(void);
struct clock clock_manual(int64_t start_ms);
void clock_advance(struct clock *clock, int64_t ms);

int64_t clock_now_ms(const struct clock *clock);
int64_t clock_monotonic_us(const struct clock *clock);

#endif
