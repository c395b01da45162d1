#include "mishaps.h"

#include "cluster.h"
#include "kafka.h"
#include "operator.h"
#include "sim.h"

static const int64_t SECOND_US = 1000000, MINUTE_US = 60000000;

static struct task by_clock[MISHAPS];
static int64_t jumped_us;                /* time that was lost by jumps */

/* How long it lasts: mostly a moment, sometimes minutes. What an embedded broker has lost is said again by those who said it,
 * as far as they keep it: for ten minutes. Who is away longer than that loses events, and nobody promises otherwise: where
 * memory is lost nothing lasts that long. */
static int64_t
spell_us(void)
{
    int64_t long_us = sim.plan.faults >> MISHAP_MEMORY_LOSS & 1 ? 2 * MINUTE_US : 5 * MINUTE_US;

    return chance_between(&sim.chance, 1000, chance_one_in(&sim.chance, 4) ? long_us : SECOND_US);
}

static void
jump(void)
{
    int64_t ms = chance_between(&sim.chance, 1000, 20 * 60 * 1000);

    clock_advance(&sim.clock, ms);
    jumped_us += ms * 1000;
    sim_trace("clock", "%lld ms later", (long long)ms);
}

static void
disk_is_free(void *context)
{
    member_fill_disk(context, false);
}

static int64_t
fill_a_disk(void)
{
    static struct task over[MEMBERS];
    int which = (int)chance_below(&sim.chance, MEMBERS);
    int64_t for_us = spell_us();

    over[which].run = disk_is_free;
    over[which].context = &sim.members[which];
    member_fill_disk(&sim.members[which], true);
    agenda_put(&sim.agenda, &over[which], sim_now_us() + for_us);
    return for_us;
}

static int64_t
go_away(bool empty)
{
    int64_t for_us = spell_us();

    cluster_go_away(for_us, empty);
    return for_us;
}

/* Nobody lags behind by much, or is still busy with what was lost before. */
static bool
may_forget(void)
{
    return cluster_is_read(clock_now_ms(&sim.clock) - 4 * 60 * 1000);
}

static int64_t
refuse_a_topic(void)
{
    int64_t for_us = spell_us();

    cluster_refuse_topic((int)chance_below(&sim.chance, ALL_TOPICS), for_us);
    return for_us;
}

static int64_t
stall(struct member *member)
{
    int64_t for_us = spell_us();

    if (member->node == NULL)
        return -1;
    sim_trace(member->name, "stands still for %lld ms", (long long)for_us / 1000);
    member->stalled_until_us = sim_now_us() + for_us;
    return for_us;
}

/* Answers how long it lasts, -1 if it could not happen. */
static int64_t
strike(enum mishap mishap)
{
    switch (mishap) {
    case MISHAP_STOP:
        return member_stop(&sim.members[chance_below(&sim.chance, MEMBERS)]) ? 0 : -1;
    case MISHAP_STALL:
        return stall(&sim.members[chance_below(&sim.chance, MEMBERS)]);
    case MISHAP_OUTAGE:
        return cluster_is_up() ? go_away(false) : -1;
    case MISHAP_MEMORY_LOSS:
        return cluster_is_up() && may_forget() ? go_away(true) : -1;
    case MISHAP_FATAL_PRODUCER:
        return kafka_break_producer() ? 0 : -1;
    case MISHAP_REFUSED_TOPIC:
        return refuse_a_topic();
    case MISHAP_DISK:
        return fill_a_disk();
    case MISHAP_OPERATOR:
        operator_meddle();
        return 0;
    default:
        jump();
        return 0;
    }
}

/* So many times while orders are placed, and as often again in the time after that. */
static void
schedule(int mishap, int64_t after_us)
{
    bool busy = sim_now_us() - SIM_BEGINNING_MS * 1000 < plan_duration_us(&sim.plan);
    int64_t every_us = (busy ? plan_duration_us(&sim.plan) : sim.plan.tail_us) / sim.plan.rates[mishap];

    agenda_put(&sim.agenda, &by_clock[mishap], sim_soon(after_us + every_us / 2, after_us + 2 * every_us));
}

static void
on_strike(void *context)
{
    struct task *task = context;
    int mishap = (int)(task - by_clock);
    bool wanted = sim.plan.limits.faults >> mishap & 1 && sim.chance.made < sim.chance.limit;
    int64_t for_us = wanted ? strike((enum mishap)mishap) : 0;

    if (wanted && for_us >= 0)
        sim_count((enum mishap)mishap);
    schedule(mishap, for_us < 0 ? 0 : for_us);
}

void
mishaps_begin(void)
{
    for (int i = 0; i < MISHAPS; i++) {
        by_clock[i] = (struct task){ .run = on_strike, .context = &by_clock[i] };
        if (mishap_kinds[i].by_clock && sim.plan.rates[i] > 0)
            schedule(i, 0);
    }
}

void
mishaps_end(void)
{
    for (int i = 0; i < MISHAPS; i++)
        agenda_remove(&sim.agenda, &by_clock[i]);
}

int64_t
mishaps_jumped_us(void)
{
    return jumped_us;
}
