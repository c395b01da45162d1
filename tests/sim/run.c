#include "run.h"

#include "cluster.h"
#include "customers.h"
#include "kafka.h"
#include "operator.h"
#include "sim.h"
#include "verdict.h"

#include <stdlib.h>

enum {
    STEP_US = 100,                       /* what a step takes, at most */
    STEPS_AT_ONCE = 1000,
    FIRST_REST_US = 100000,
    LAST_REST_US = 30000000,             /* clocks that tick into nothing tick so slowly at last */
    SECOND_US = 1000000,
    MINUTE_US = 60000000,
    HEALING_STEPS = 3000000              /* who is not at rest by then never will be */
};

static const int64_t HEALING_US = INT64_C(48) * 3600 * 1000000;

/* ---- faults that come by the clock ---- */

static struct task by_clock[MISHAPS];
static int64_t jumped_us;                /* time that was lost by jumps */

/* How long it lasts: mostly a moment, sometimes minutes. */
static int64_t
spell_us(void)
{
    return chance_between(&sim.chance, 1000, chance_one_in(&sim.chance, 4) ? 5 * MINUTE_US : SECOND_US);
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

/* What an embedded broker has lost is said again by those who said it, as far as they keep it: for ten minutes. A longer
 * absence of a listener would lose events, and nobody promises otherwise. */
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

/* Answers how long it lasts, -1 if it could not happen. */
static int64_t
strike(enum mishap mishap)
{
    switch (mishap) {
    case MISHAP_STOP:
        return member_stop(&sim.members[chance_below(&sim.chance, MEMBERS)]) ? 0 : -1;
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

static void
schedule_faults(void)
{
    for (int i = 0; i < MISHAPS; i++) {
        by_clock[i] = (struct task){ .run = on_strike, .context = &by_clock[i] };
        if (mishap_kinds[i].by_clock && sim.plan.rates[i] > 0)
            schedule(i, 0);
    }
}

/* ---- time ---- */

/* When nothing is under way, only clocks tick: the longer that goes on the larger the steps. */
static void
wait_for_next(int64_t *rest_us, bool busy)
{
    int64_t next = agenda_next(&sim.agenda, false), next_busy = agenda_next(&sim.agenda, true);
    int64_t now = sim_now_us();

    if (busy)
        *rest_us = FIRST_REST_US;
    else if (*rest_us < LAST_REST_US)
        *rest_us += *rest_us / 2;
    if (next < now + *rest_us)
        next = now + *rest_us;
    if (next > next_busy)
        next = next_busy;
    if (next > now)
        sim.clock.set_us = next;
}

/* What is due has its turn, in any order. */
static bool
run_what_is_due(void)
{
    struct task *task;
    bool busy = false;

    for (int i = 0; i < STEPS_AT_ONCE; i++) {
        task = agenda_take(&sim.agenda, &sim.chance, sim_now_us());
        if (task == NULL)
            break;
        busy |= !task->idle;
        sim.tally.steps++;
        task->run(task->context);
        for (int which = 0; which < MEMBERS; which++)
            member_settle(&sim.members[which]);
        sim.clock.set_us += chance_between(&sim.chance, 1, STEP_US);
    }
    return busy;
}

/* ---- the course of a run ---- */

static void
heal(void)
{
    sim_trace("world", "from now on nothing fails");
    sim.healed = true;
    for (int i = 0; i < MISHAPS; i++)
        agenda_remove(&sim.agenda, &by_clock[i]);
    for (int i = 0; i < MEMBERS; i++)
        member_fill_disk(&sim.members[i], false);
    cluster_come_back();
    operator_start();
}

static const char *
unrest(void)
{
    static char text[200];

    if (agenda_next(&sim.agenda, true) != INT64_MAX)
        return "something is under way";
    if (!customers_are_done())
        return "a customer waits for an answer";
    for (int i = 0; i < MEMBERS; i++) {
        const char *why = member_unrest(&sim.members[i]);

        if (why == NULL)
            continue;
        snprintf(text, sizeof(text), "%s %s", sim.members[i].name, why);
        return text;
    }
    return operator_is_done() ? NULL : "the operator has something to do";
}

/* false: it never does. */
static bool
come_to_rest(void)
{
    int64_t steps = sim.tally.steps + HEALING_STEPS, late_us = sim_now_us() + HEALING_US, rest_us = FIRST_REST_US;
    const char *why;

    heal();
    while ((why = unrest()) != NULL && sim.tally.steps < steps && sim_now_us() < late_us)
        wait_for_next(&rest_us, run_what_is_due());
    if (why != NULL)
        sim_complain(NULL, "it does not come to rest: %s", why);
    return why == NULL;
}

static void
go_wrong(void)
{
    int64_t end_us = sim_now_us() + plan_duration_us(&sim.plan) + sim.plan.tail_us, rest_us = FIRST_REST_US;

    while (sim_now_us() < end_us + jumped_us)
        wait_for_next(&rest_us, run_what_is_due());
}

static void
begin(const struct plan *plan, enum mutant mutant, FILE *trace, FILE *out)
{
    sim = (struct sim){ .plan = *plan, .mutant = mutant, .trace = trace, .out = out };
    sim.clock = clock_manual(SIM_BEGINNING_MS);
    chance_init(&sim.chance, ~(uint64_t)plan->seed, plan->limits.choices);
    arena_init(&sim.arena);
    for (int i = 0; i < MEMBERS; i++)
        member_open(&sim.members[i], i);
    customers_start();
    schedule_faults();
    operator_start();
}

static void
end(void)
{
    for (int i = 0; i < MEMBERS; i++)
        member_close(&sim.members[i]);
    customers_release();
    cluster_release();
    agenda_release(&sim.agenda);
    arena_release(&sim.arena);
}

struct tally
run(const struct plan *plan, enum mutant mutant, FILE *trace, FILE *out)
{
    begin(plan, mutant, trace, out);
    go_wrong();
    if (come_to_rest())
        verdict();
    sim.tally.runs = 1;
    sim.tally.choices = sim.chance.made;
    sim.tally.simulated_us = sim_now_us() - SIM_BEGINNING_MS * 1000;
    end();
    return sim.tally;
}
