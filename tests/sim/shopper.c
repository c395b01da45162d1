#include "shopper.h"

#include "ask.h"
#include "sim.h"

/* ---- again ---- */

bool
is_known(const struct response *answer)
{
    return answer->status != 0 && answer->status != 503;
}

void
try_again(struct task *task, int64_t *wait_us)
{
    agenda_put(&sim.agenda, task, sim_soon(*wait_us / 2, *wait_us));
    *wait_us = 2 * *wait_us > LAST_WAIT_US ? LAST_WAIT_US : 2 * *wait_us;
}

/* ---- the account ---- */

static void
on_deposited(void *context, const struct response *answer)
{
    struct shopper *shopper = context;

    if (!is_known(answer)) {
        try_again(&shopper->task, &shopper->wait_us);
        return;
    }
    if (answer->status == 201)
        shopper->told.deposited += shopper->amount;
    shopper->deposits--;
    shopper->wait_us = FIRST_WAIT_US;
    if (shopper->deposits > 0)
        agenda_put(&sim.agenda, &shopper->task, sim_soon(0, plan_duration_us(&sim.plan)));
}

static void
deposit(void *context)
{
    struct shopper *shopper = context;
    const char *path = arena_format(&sim.arena, "/accounts/%s/deposits", shopper->told.name);
    const char *body = arena_format(&sim.arena, "{\"amount\":%lld,\"currency\":\"%s\"}", (long long)shopper->amount,
                                    shopper->currency);

    snprintf(shopper->key, sizeof(shopper->key), "%s-deposit-%d", shopper->told.name, shopper->deposits);
    ask_send(&(struct question){ AUDIT_PAYMENT, "POST", path, body, .key = arena_text(&sim.arena, shopper->key) },
              on_deposited, shopper);
}

static void
on_opened(void *context, const struct response *answer)
{
    struct shopper *shopper = context;

    if (!is_known(answer)) {
        try_again(&shopper->task, &shopper->wait_us);
        return;
    }
    shopper->task.run = deposit;
    shopper->wait_us = FIRST_WAIT_US;
    deposit(shopper);
}

static void
open_account(void *context)
{
    struct shopper *shopper = context;

    ask_send(&(struct question){ AUDIT_PAYMENT, "PUT", arena_format(&sim.arena, "/accounts/%s", shopper->told.name),
                                  .body = arena_format(&sim.arena, "{\"currency\":\"%s\"}", shopper->currency) },
              on_opened, shopper);
}

const char *
name_here(const char *kind, int number)
{
    const char *name;

    do {
        name = arena_format(&sim.arena, "%s-%d", kind, number);
        number += 100;                   /* more than there are customers */
    } while (shard_of_customer(&sim.plan.shard, name) != sim.plan.shard.index);
    return name;
}

void
shopper_start(struct shopper *shopper, int number)
{
    *shopper = (struct shopper){
        .task = { .run = open_account, .context = shopper },
        .currency = chance_one_in(&sim.chance, 4) ? "KRW" : "EUR",
        .deposits = (int)chance_between(&sim.chance, 1, 4),
        .amount = chance_between(&sim.chance, 1, 40000),
        .wait_us = FIRST_WAIT_US,
    };
    snprintf(shopper->told.name, sizeof(shopper->told.name), "%s", name_here("customer", number));
    agenda_put(&sim.agenda, &shopper->task, sim_soon(0, 1000000));
}
