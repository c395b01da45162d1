#include "clock.h"

#include <time.h>

static int64_t
read_us(clockid_t id)
{
    struct timespec time;

    clock_gettime(id, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int64_t
real_now_us(const struct clock *clock)
{
    (void)clock;
    return read_us(CLOCK_REALTIME);
}

static int64_t
real_monotonic_us(const struct clock *clock)
{
    (void)clock;
    return read_us(CLOCK_MONOTONIC);
}

static int64_t
manual_us(const struct clock *clock)
{
    return clock->set_us;
}

struct clock
clock_real(void)
{
    return (struct clock){ .now_us = real_now_us, .monotonic_us = real_monotonic_us };
}

struct clock
clock_manual(int64_t start_ms)
{
    return (struct clock){ .now_us = manual_us, .monotonic_us = manual_us, .set_us = start_ms * 1000 };
}

void
clock_advance(struct clock *clock, int64_t ms)
{
    clock->set_us += ms * 1000;
}

int64_t
clock_now_ms(const struct clock *clock)
{
    return clock->now_us(clock) / 1000;
}

int64_t
clock_monotonic_us(const struct clock *clock)
{
    return clock->monotonic_us(clock);
}
