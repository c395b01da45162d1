#include "sim.h"

#include <inttypes.h>
#include <stdarg.h>

struct sim sim;

int64_t
sim_now_us(void)
{
    return clock_monotonic_us(&sim.clock);
}

int64_t
sim_soon(int64_t low_us, int64_t high_us)
{
    return sim_now_us() + chance_between(&sim.chance, low_us, high_us);
}

/* Nearly always a few milliseconds at most. */
int64_t
sim_latency_us(void)
{
    return chance_between(&sim.chance, 50, chance_one_in(&sim.chance, 50) ? 200000 : 3000);
}

void
sim_count(enum mishap mishap)
{
    sim.tally.faults[mishap]++;
}

bool
sim_strikes(enum mishap mishap)
{
    if (sim.healed || !chance_one_in(&sim.chance, sim.plan.rates[mishap]) || !(sim.plan.limits.faults >> mishap & 1))
        return false;
    sim_count(mishap);
    return true;
}

/* FNV-1a, with the seed and the fault before the id. */
bool
sim_is_cursed(enum mishap mishap, const char *event_id, int salt)
{
    uint64_t which = (uint64_t)sim.plan.seed * MISHAPS + (uint64_t)mishap;
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ which * 31 ^ (uint64_t)salt << 40;

    if (sim.healed || sim.plan.rates[mishap] == 0 || !(sim.plan.limits.faults >> mishap & 1))
        return false;
    for (const char *c = event_id; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    return (hash >> 20) % (uint64_t)sim.plan.rates[mishap] == 0;
}

void
sim_trace(const char *who, const char *format, ...)
{
    int64_t us = sim_now_us() - SIM_BEGINNING_MS * 1000;
    va_list arguments;

    if (sim.trace == NULL)
        return;
    fprintf(sim.trace, "%8" PRId64 ".%06" PRId64 " %-11s ", us / 1000000, us % 1000000, who);
    va_start(arguments, format);
    vfprintf(sim.trace, format, arguments);
    va_end(arguments);
    fputc('\n', sim.trace);
    fflush(sim.trace);
}

void
sim_complain(const char *order_id, const char *format, ...)
{
    char text[300];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    sim.tally.violations++;
    if (order_id != NULL && sim.wrong[0] == '\0')
        snprintf(sim.wrong, sizeof(sim.wrong), "%s", order_id);
    sim_trace("auditor", "%s: %s", order_id == NULL ? "" : order_id, text);
    fprintf(sim.out, "FAIL  %s%s%s\n", order_id == NULL ? "" : order_id, order_id == NULL ? "" : ": ", text);
}
