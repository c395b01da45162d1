#include "customers.h"

#include "../../common/base/text.h"
#include "ask.h"
#include "sim.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_WAIT_US = 20000, LAST_WAIT_US = 60000000, LOOKS = 3 };

/* What a customer wants of an order. */
enum wish { BUY, CANCEL, WITHOUT_KEY, TWICE_AT_ONCE, NONSENSE, OTHER_BODY, WISHES };

struct shopper {
    struct task task;
    struct told_account told;
    const char *currency;
    int deposits;                    /* still to be made */
    int64_t amount;                  /* of each */
    char key[40];
    int64_t wait_us;                 /* before the next try */
};

struct flow {
    struct task task;
    struct told_order told;
    int number;
    int under_way, refused;          /* requests of this try: without an answer, refused */
    const struct shopper *shopper;
    enum wish wish;
    char key[40];
    const char *body;
    int looks;                       /* still to be taken */
    int64_t wait_us;
    bool done;
};

static struct shopper *shoppers;
static struct flow *flows;

/* ---- again ---- */

static bool
is_known(const struct response *answer)
{
    return answer->status != 0 && answer->status != 503;
}

static void
again(struct task *task, int64_t *wait_us)
{
    agenda_put(&sim.agenda, task, sim_soon(*wait_us / 2, *wait_us));
    *wait_us = 2 * *wait_us > LAST_WAIT_US ? LAST_WAIT_US : 2 * *wait_us;
}

/* ---- accounts ---- */

static void
on_deposited(void *context, const struct response *answer)
{
    struct shopper *shopper = context;

    if (!is_known(answer)) {
        again(&shopper->task, &shopper->wait_us);
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
        again(&shopper->task, &shopper->wait_us);
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

/* ---- looking ---- */

static const char *
path_of(const struct flow *flow, const char *rest)
{
    return arena_format(&sim.arena, "/orders/%s%s", flow->told.order_id, rest);
}

static void
note_status(struct flow *flow, const struct response *answer)
{
    static const char name[] = "\"status\":\"";
    const char *start = strstr(answer->body, name);
    char status[16];

    if (start == NULL)
        return;
    start += sizeof(name) - 1;
    snprintf(status, sizeof(status), "%.*s", (int)strcspn(start, "\""), start);
    flow->told.statuses |= 1u << order_status_parse(status);
}

static void
on_looked(void *context, const struct response *answer)
{
    struct flow *flow = context;

    if (answer->status == 200)
        note_status(flow, answer);
    if (answer->status == 404)
        flow->told.complaint = "an order that was acknowledged is not found";
    flow->looks--;
    flow->done = flow->looks <= 0;
    if (!flow->done)
        agenda_put(&sim.agenda, &flow->task, sim_soon(0, 2000000));
}

static void
look(void *context)
{
    struct flow *flow = context;
    int64_t wait_ms = chance_one_in(&sim.chance, 2) ? 5000 : 0;

    ask_send(&(struct question){ AUDIT_ORDER, "GET", path_of(flow, ""), .wait_ms = wait_ms }, on_looked, flow);
}

static void
look_from_now_on(struct flow *flow)
{
    flow->task.run = look;
    flow->looks = (int)chance_below(&sim.chance, LOOKS);
    flow->done = flow->looks == 0;
    if (!flow->done)
        agenda_put(&sim.agenda, &flow->task, sim_soon(0, 2000000));
}

/* ---- cancelling ---- */

static void
on_cancelled(void *context, const struct response *answer)
{
    struct flow *flow = context;

    if (!is_known(answer)) {
        again(&flow->task, &flow->wait_us);
        return;
    }
    note_status(flow, answer);
    flow->told.cancelled = answer->status == 200;
    if (answer->status == 409)
        flow->told.statuses |= 1u << ORDER_IS_REJECTED;
    else if (answer->status != 200)
        flow->told.complaint = "a cancellation was refused";
    look_from_now_on(flow);
}

static void
cancel(void *context)
{
    struct flow *flow = context;
    const char *key = flow->number % 2 == 0 ? NULL : arena_format(&sim.arena, "%s-cancel", flow->key);

    ask_send(&(struct question){ AUDIT_ORDER, "POST", path_of(flow, "/cancellation"), .key = key }, on_cancelled,
              flow);
}

/* At once, while the payment is under way, or when all is over. */
static void
cancel_later(struct flow *flow)
{
    static const int64_t delays_us[] = { 0, 3000, 30000, 1000000, 60000000 };

    flow->task.run = cancel;
    flow->wait_us = FIRST_WAIT_US;
    agenda_put(&sim.agenda, &flow->task, sim_soon(0, delays_us[chance_below(&sim.chance, 5)]));
}

/* ---- ordering ---- */

static void
on_accepted(struct flow *flow, const struct response *answer)
{
    const char *order_id = answer->location + strlen("/orders/");

    if (flow->wish == NONSENSE)
        flow->told.complaint = "nonsense was accepted";
    if (flow->told.order_id[0] != '\0' && strcmp(flow->told.order_id, order_id) != 0)
        flow->told.complaint = "one key made two orders";
    flow->told.outcome = "acknowledged";
    snprintf(flow->told.order_id, sizeof(flow->told.order_id), "%s", order_id);
    note_status(flow, answer);
}

/* All answers of this try are there, or will never come. */
static void
on_tried(struct flow *flow, bool all_refused)
{
    if (flow->told.order_id[0] != '\0') {
        if (flow->wish == CANCEL)
            cancel_later(flow);
        else
            look_from_now_on(flow);
    } else if (!all_refused && flow->told.key != NULL) {
        again(&flow->task, &flow->wait_us);
    } else {
        flow->done = true;
        flow->told.outcome = all_refused ? "refused" : "unknown";
        if (all_refused && flow->wish != NONSENSE)
            flow->told.complaint = "a good order was refused";
    }
}

static void
on_placed(void *context, const struct response *answer)
{
    struct flow *flow = context;

    flow->under_way--;
    if (answer->status == 201)
        on_accepted(flow, answer);
    else if (is_known(answer))
        flow->refused++;
    if (flow->under_way == 0)
        on_tried(flow, flow->refused == (flow->wish == OTHER_BODY || flow->wish == TWICE_AT_ONCE ? 2 : 1));
}

static void
send_order(struct flow *flow, const char *body)
{
    flow->under_way++;
    ask_send(&(struct question){ AUDIT_ORDER, "POST", "/orders", body, .key = flow->told.key }, on_placed, flow);
}

static const char *
order_body(const struct flow *flow)
{
    int64_t price = chance_between(&sim.chance, 1, 2000), quantity = chance_between(&sim.chance, 1, 3);
    const char *currency = chance_one_in(&sim.chance, 20) ? "USD" : flow->shopper->currency;
    const char *customer = chance_one_in(&sim.chance, 20) ? "stranger" : flow->shopper->told.name;

    if (flow->wish == NONSENSE)
        quantity = 0;
    return arena_format(&sim.arena, "{\"customer_id\":\"%s\",\"currency\":\"%s\",\"items\":"
                        "[{\"sku\":\"book\",\"quantity\":%lld,\"unit_price\":%lld}]}", customer, currency,
                        (long long)quantity, (long long)price);
}

static void
place(void *context)
{
    struct flow *flow = context;

    flow->refused = 0;
    send_order(flow, flow->body);
    if (flow->wish == TWICE_AT_ONCE)
        send_order(flow, flow->body);
    if (flow->wish == OTHER_BODY)
        send_order(flow, arena_format(&sim.arena, "{\"other\":true,%s", flow->body + 1));
}

/* ---- life ---- */

static void
start_shopper(struct shopper *shopper, int number)
{
    *shopper = (struct shopper){
        .task = { .run = open_account, .context = shopper },
        .currency = chance_one_in(&sim.chance, 4) ? "KRW" : "EUR",
        .deposits = (int)chance_between(&sim.chance, 1, 4),
        .amount = chance_between(&sim.chance, 1, 40000),
        .wait_us = FIRST_WAIT_US,
    };
    snprintf(shopper->told.name, sizeof(shopper->told.name), "customer-%d", number);
    agenda_put(&sim.agenda, &shopper->task, sim_soon(0, 1000000));
}

/* Half of the orders are simply bought. */
static void
start_flow(struct flow *flow, int number)
{
    *flow = (struct flow){
        .task = { .run = place, .context = flow },
        .number = number,
        .shopper = &shoppers[chance_below(&sim.chance, sim.plan.customers)],
        .wish = chance_one_in(&sim.chance, 2) ? (enum wish)chance_below(&sim.chance, WISHES) : BUY,
        .told = { .outcome = "unknown" },
        .wait_us = FIRST_WAIT_US,
    };
    snprintf(flow->key, sizeof(flow->key), "order-%d", number);
    flow->told.key = flow->wish == WITHOUT_KEY ? NULL : flow->key;
    flow->body = order_body(flow);
    agenda_put(&sim.agenda, &flow->task, sim_soon(0, plan_duration_us(&sim.plan)));
    if (number < sim.plan.limits.orders)
        return;
    agenda_remove(&sim.agenda, &flow->task);
    flow->done = true;
}

void
customers_start(void)
{
    shoppers = memory_new((size_t)sim.plan.customers, sizeof(*shoppers));
    flows = memory_new((size_t)sim.plan.orders, sizeof(*flows));
    for (int i = 0; i < sim.plan.customers; i++)
        start_shopper(&shoppers[i], i);
    for (int i = 0; i < sim.plan.orders; i++)
        start_flow(&flows[i], i);
}

bool
customers_are_done(void)
{
    for (int i = 0; i < sim.plan.customers; i++)
        if (shoppers[i].deposits > 0)
            return false;
    for (int i = 0; i < sim.plan.orders; i++)
        if (!flows[i].done)
            return false;
    return true;
}

const struct told_order *
customers_order(int index)
{
    return index < sim.plan.orders ? &flows[index].told : NULL;
}

const struct told_account *
customers_account(int index)
{
    return index < sim.plan.customers ? &shoppers[index].told : NULL;
}

void
customers_release(void)
{
    free(shoppers);
    free(flows);
}
