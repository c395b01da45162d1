#include "run.h"

#include "cluster.h"
#include "customers.h"
#include "diary.h"
#include "mishaps.h"
#include "operator.h"
#include "sim.h"
#include "verdict.h"

#include <stdlib.h>

enum {
    STEP_US = 100,                       /* what a step takes, at most */
    STEPS_AT_ONCE = 1000,
    FIRST_REST_US = 100000,
    LAST_REST_US = 30000000,             /* clocks that tick into nothing tick so slowly at last */
    HEALING_STEPS = 3000000              /* who is not at rest by then never will be */
};

static const int64_t HEALING_US = INT64_C(48) * 3600 * 1000000;

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

/* A step that ends its service comes back here. */
static void
run_step(struct task *task)
{
    if (setjmp(sim.escape) == 0)
        task->run(task->context);
}

static void
settle(struct member *member)
{
    if (setjmp(sim.escape) == 0)
        member_settle(member);
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
        run_step(task);
        for (int which = 0; which < MEMBERS; which++)
            settle(&sim.members[which]);
        sim.clock.set_us += chance_between(&sim.chance, 1, STEP_US);
    }
    return busy;
}

/* ---- the course of a run ---- */

void
run_heal(void)
{
    sim_trace("world", "from now on nothing fails");
    sim.healed = true;
    mishaps_end();
    for (int i = 0; i < MEMBERS; i++) {
        member_fill_disk(&sim.members[i], false);
        sim.members[i].stalled_until_us = 0;
    }
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

bool
run_to_rest(void)
{
    int64_t steps = sim.tally.steps + HEALING_STEPS, late_us = sim_now_us() + HEALING_US, rest_us = FIRST_REST_US;
    const char *why;

    while ((why = unrest()) != NULL && sim.tally.steps < steps && sim_now_us() < late_us)
        wait_for_next(&rest_us, run_what_is_due());
    if (why != NULL)
        sim_complain(NULL, "it does not come to rest: %s", why);
    return why == NULL;
}

void
run_through(void)
{
    int64_t end_us = sim_now_us() + plan_duration_us(&sim.plan) + sim.plan.tail_us, rest_us = FIRST_REST_US;

    while (sim_now_us() < end_us + mishaps_jumped_us())
        wait_for_next(&rest_us, run_what_is_due());
}

void
run_begin(const struct plan *plan, enum mutant mutant, FILE *trace, FILE *out)
{
    sim = (struct sim){ .plan = *plan, .mutant = mutant, .trace = trace, .out = out };
    sim.clock = clock_manual(SIM_BEGINNING_MS);
    chance_init(&sim.chance, ~(uint64_t)plan->seed, plan->limits.choices);
    arena_init(&sim.arena);
    for (int i = 0; i < MEMBERS; i++)
        member_open(&sim.members[i], i);
    customers_start();
    mishaps_begin();
    operator_start();
}

static void
end(void)
{
    for (int i = 0; i < MEMBERS; i++)
        member_close(&sim.members[i]);
    customers_release();
    cluster_release();
    diary_release();
    agenda_release(&sim.agenda);
    arena_release(&sim.arena);
}

struct tally
run(const struct plan *plan, enum mutant mutant, FILE *trace, FILE *out)
{
    run_begin(plan, mutant, trace, out);
    run_through();
    run_heal();
    if (run_to_rest())
        verdict();
    sim.tally.runs = 1;
    sim.tally.choices = sim.chance.made;
    sim.tally.simulated_us = sim_now_us() - SIM_BEGINNING_MS * 1000;
    end();
    return sim.tally;
}
