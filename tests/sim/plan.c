#include "plan.h"

#include "chance.h"

#include <inttypes.h>
#include <string.h>

const struct fault_kind fault_kinds[FAULTS] = {
    [FAULT_KILL] = { "kill", "a service dies between any two steps", 100, 5000, false },
    [FAULT_SEGV] = { "segv", "the handler of an event kills the process", 20, 200, false },
    [FAULT_STOP] = { "stop", "SIGTERM", 6, 1, true },
    [FAULT_LONG_ABSENCE] = { "long-absence", "a service stays away for up to 20 minutes", 2, 10, false },
    [FAULT_OUTAGE] = { "outage", "the broker is away", 6, 1, true },
    [FAULT_MEMORY_LOSS] = { "memory-loss", "the broker comes back empty", 4, 1, true },
    [FAULT_LOST_ACK] = { "lost-ack", "an acknowledgement is lost: sent again", 4, 50, false },
    [FAULT_LATE_BATCH] = { "late-batch", "what a dead producer sent arrives late", 1, 3, false },
    [FAULT_FATAL_PRODUCER] = { "fatal-producer", "the producer cannot go on", 6, 1, true },
    [FAULT_REFUSED_RECORD] = { "refused-record", "the broker refuses a record", 20, 200, false },
    [FAULT_REFUSED_TOPIC] = { "refused-topic", "the broker refuses a topic for a while", 3, 1, true },
    [FAULT_SLOW_PARTITION] = { "slow-partition", "a partition is read late", 3, 20, false },
    [FAULT_RETRY] = { "retry", "a handler answers RETRY", 5, 100, false },
    [FAULT_STUCK_EVENT] = { "stuck-event", "a handler answers RETRY as often as it is asked", 10, 100, false },
    [FAULT_REFUSED_EVENT] = { "refused-event", "a handler refuses an event", 10, 100, false },
    [FAULT_GIVE_UP] = { "give-up", "a compensation fails", 2, 5, false },
    [FAULT_COMMIT] = { "commit", "a COMMIT fails", 5, 200, false },
    [FAULT_DISK] = { "disk", "the disk is full for a while", 4, 1, true },
    [FAULT_REQUEST] = { "request", "a request is lost", 5, 50, false },
    [FAULT_REPLY] = { "reply", "a reply is lost", 5, 50, false },
    [FAULT_TIME_JUMP] = { "time-jump", "nobody runs for up to 20 minutes", 2, 1, true },
};

/* ---- from the seed ---- */

/* One run in eight is calm, the others have about a third of the faults, each often or seldom. */
static void
choose_faults(struct plan *plan, struct chance *chance)
{
    bool calm = chance_one_in(chance, 8);

    for (int i = 0; i < FAULTS; i++) {
        const struct fault_kind *kind = &fault_kinds[i];
        bool wanted = chance_one_in(chance, 3) && !calm;
        int middle = kind->often < kind->seldom ? 3 * kind->often : 3 * kind->seldom;
        int rates[3] = { kind->often, kind->seldom, middle };

        plan->rates[i] = rates[chance_below(chance, 3)];
        plan->faults |= (uint32_t)wanted << i;
    }
}

const struct limits no_limits = { INT64_MAX, UINT32_MAX, INT64_MAX };

struct plan
plan_make(int64_t seed, const struct limits *limits)
{
    static const int64_t gaps_us[] = { 500, 5000, 100000, 2000000 }, deadlines_s[] = { 900, 900, 60, 5 };
    static const int64_t tails_s[] = { 1, 60, 600, 3600 };
    struct plan plan = { .seed = seed, .limits = *limits };
    struct chance chance;

    chance_init(&chance, (uint64_t)seed, INT64_MAX);
    plan.orders = (int)chance_between(&chance, 10, 150);
    plan.customers = (int)chance_between(&chance, 1, 8);
    plan.partitions = (int)chance_between(&chance, 1, 4);
    plan.gap_us = gaps_us[chance_below(&chance, 4)];
    plan.tail_us = 1000000 * tails_s[chance_below(&chance, 4)];
    plan.pay_within_s = deadlines_s[chance_below(&chance, 4)];
    plan.max_attempts = chance_between(&chance, 1, 5);
    plan.embedded = chance_one_in(&chance, 2);
    plan.retention_s = chance_one_in(&chance, 4) && !plan.embedded ? 700 : 86400;
    plan.one_dlt_partition = chance_one_in(&chance, 4);
    choose_faults(&plan, &chance);
    if (!plan.embedded)
        plan.faults &= ~(1u << FAULT_MEMORY_LOSS);
    for (int i = 0; i < FAULTS; i++)
        if (!(plan.faults >> i & 1))
            plan.rates[i] = 0;
    return plan;
}

int64_t
plan_duration_us(const struct plan *plan)
{
    return plan->gap_us * plan->orders + 1000000;
}

/* ---- as text ---- */

void
faults_print(uint32_t faults, FILE *out)
{
    const char *comma = "";

    for (int i = 0; i < FAULTS; i++)
        if (faults >> i & 1) {
            fprintf(out, "%s%s", comma, fault_kinds[i].name);
            comma = ",";
        }
    if (faults == 0)
        fputs("none", out);
}

void
plan_print(const struct plan *plan, FILE *out)
{
    fprintf(out,
            "seed %" PRId64 ": %d orders of %d customers, one each %" PRId64 " us, to be paid within %" PRId64 " s;"
            " %d partitions, %s broker, %" PRId64 " attempts; faults: ",
            plan->seed, plan->orders, plan->customers, plan->gap_us, plan->pay_within_s, plan->partitions,
            plan->embedded ? "forgetful" : "lasting", plan->max_attempts);
    faults_print(plan->faults & plan->limits.faults, out);
    fputs("\n", out);
}

static int
fault_parse(const char *name, size_t size)
{
    int fault = 0;

    while (fault < FAULTS
           && (strlen(fault_kinds[fault].name) != size || strncmp(fault_kinds[fault].name, name, size) != 0))
        fault++;
    return fault;
}

int
faults_parse(const char *names, uint32_t *faults)
{
    *faults = 0;
    if (strcmp(names, "none") == 0)
        return 0;
    for (;;) {
        size_t size = strcspn(names, ",");
        int fault = fault_parse(names, size);

        if (fault == FAULTS)
            return -1;
        *faults |= 1u << fault;
        if (names[size] == '\0')
            return 0;
        names += size + 1;
    }
}
