#include "plan.h"

#include "chance.h"

#include <inttypes.h>
#include <string.h>

const struct mishap_kind mishap_kinds[MISHAPS] = {
    [MISHAP_KILL] = { "kill", "a service dies between any two steps", 100, 5000, false },
    [MISHAP_SEGV] = { "segv", "the handler of an event kills the process", 20, 200, false },
    [MISHAP_STOP] = { "stop", "SIGTERM", 6, 1, true },
    [MISHAP_STALL] = { "stall", "a service stands still for a while, as after SIGSTOP", 20, 3, true },
    [MISHAP_LONG_ABSENCE] = { "long-absence", "a service stays away for up to 20 minutes", 2, 10, false },
    [MISHAP_OUTAGE] = { "outage", "the broker is away", 6, 1, true },
    [MISHAP_MEMORY_LOSS] = { "memory-loss", "the broker comes back empty", 4, 1, true },
    [MISHAP_LOST_ACK] = { "lost-ack", "an acknowledgement is lost: sent again", 4, 50, false },
    [MISHAP_LATE_BATCH] = { "late-batch", "what a dead producer sent arrives late", 1, 3, false },
    [MISHAP_FATAL_PRODUCER] = { "fatal-producer", "the producer cannot go on", 6, 1, true },
    [MISHAP_REFUSED_RECORD] = { "refused-record", "the broker refuses a record", 20, 200, false },
    [MISHAP_REFUSED_TOPIC] = { "refused-topic", "the broker refuses a topic for a while", 3, 1, true },
    [MISHAP_SLOW_PARTITION] = { "slow-partition", "a partition is read late", 3, 20, false },
    [MISHAP_RETRY] = { "retry", "a handler answers RETRY", 5, 100, false },
    [MISHAP_STUCK_EVENT] = { "stuck-event", "a handler answers RETRY as often as it is asked", 10, 100, false },
    [MISHAP_REFUSED_EVENT] = { "refused-event", "a handler refuses an event", 10, 100, false },
    [MISHAP_GIVE_UP] = { "give-up", "a compensation fails", 2, 5, false },
    [MISHAP_COMMIT] = { "commit", "a COMMIT fails", 5, 200, false },
    [MISHAP_DISK] = { "disk", "the disk is full for a while", 4, 1, true },
    [MISHAP_REQUEST] = { "request", "a request is lost", 5, 50, false },
    [MISHAP_REPLY] = { "reply", "a reply is lost", 5, 50, false },
    [MISHAP_TIME_JUMP] = { "time-jump", "nobody runs for up to 20 minutes", 2, 1, true },
    [MISHAP_WEBHOOK] = { "webhook", "a webhook is answered with 503", 2, 10, false },
    [MISHAP_WEBHOOK_ANSWER] = { "webhook-answer", "the answer to a webhook is lost", 3, 20, false },
    [MISHAP_WEBHOOK_REFUSED] = { "webhook-refused", "a webhook is refused for good", 5, 50, false },
    [MISHAP_OPERATOR] = { "operator", "an operator pauses partitions, and has events said again", 6, 1, true },
};

/* ---- from the seed ---- */

/* One run in eight is calm, the others have about a third of the faults, each often or seldom. */
static void
choose_faults(struct plan *plan, struct chance *chance)
{
    bool calm = chance_one_in(chance, 8);

    for (int i = 0; i < MISHAPS; i++) {
        const struct mishap_kind *kind = &mishap_kinds[i];
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
    plan.webhook = chance_one_in(&chance, 3);
    choose_faults(&plan, &chance);
    if (!plan.embedded)
        plan.faults &= ~(1u << MISHAP_MEMORY_LOSS);
    if (plan.faults >> MISHAP_MEMORY_LOSS & 1)
        plan.faults &= ~(1u << MISHAP_TIME_JUMP | 1u << MISHAP_LONG_ABSENCE);      /* mishaps.c says why */
    for (int i = 0; i < MISHAPS; i++)
        if (!(plan.faults >> i & 1))
            plan.rates[i] = 0;
    plan.shard = (struct shard){ 0, 1, plan.partitions };
    if (chance_one_in(&chance, 4))
        plan.shard.count = (int)chance_between(&chance, 1, plan.partitions);
    plan.shard.index = (int)chance_below(&chance, plan.shard.count);
    return plan;
}

int64_t
plan_duration_us(const struct plan *plan)
{
    return plan->gap_us * plan->orders + 1000000;
}

/* ---- as text ---- */

void
mishaps_print(uint32_t faults, FILE *out)
{
    const char *comma = "";

    for (int i = 0; i < MISHAPS; i++)
        if (faults >> i & 1) {
            fprintf(out, "%s%s", comma, mishap_kinds[i].name);
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
            " shard %d of %d, %d partitions, %s broker, %" PRId64 " attempts%s; faults: ",
            plan->seed, plan->orders, plan->customers, plan->gap_us, plan->pay_within_s, plan->shard.index,
            plan->shard.count, plan->partitions,
            plan->embedded ? "forgetful" : "lasting", plan->max_attempts,
            plan->webhook ? ", webhooks" : "");
    mishaps_print(plan->faults & plan->limits.faults, out);
    fputs("\n", out);
}

static int
mishap_parse(const char *name, size_t size)
{
    int mishap = 0;

    while (mishap < MISHAPS
           && (strlen(mishap_kinds[mishap].name) != size || strncmp(mishap_kinds[mishap].name, name, size) != 0))
        mishap++;
    return mishap;
}

int
mishaps_parse(const char *names, uint32_t *faults)
{
    *faults = 0;
    if (strcmp(names, "none") == 0)
        return 0;
    for (;;) {
        size_t size = strcspn(names, ",");
        int mishap = mishap_parse(names, size);

        if (mishap == MISHAPS)
            return -1;
        *faults |= 1u << mishap;
        if (names[size] == '\0')
            return 0;
        names += size + 1;
    }
}
