#include "flow.h"

#include "ask.h"
#include "shopper.h"
#include "sim.h"

#include <string.h>

enum { LOOKS = 3 };

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
        try_again(&flow->task, &flow->wait_us);
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
        try_again(&flow->task, &flow->wait_us);
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
    const char *customer = chance_one_in(&sim.chance, 20) ? name_here("stranger", 0) : flow->shopper->told.name;

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

/* ---- the beginning ---- */

/* Half of the orders are simply bought. */
void
flow_start(struct flow *flow, int number, const struct shopper *shopper)
{
    *flow = (struct flow){
        .task = { .run = place, .context = flow },
        .number = number,
        .shopper = shopper,
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
