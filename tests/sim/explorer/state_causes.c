#include "state_causes.h"

#include "../../../common/store/db.h"
#include "../../../common/store/group_commit.h"

#include <stdlib.h>
#include <string.h>

#define NOTHING "–"

static const char *
new_id(struct bench *bench, const char *prefix)
{
    char id[UUID_TEXT];

    bench->causes++;
    uuid_new(&bench->actor.ids, ACTOR_EARLY_MS, id);
    return arena_format(&bench->actor.arena, "%s%s", prefix, id);
}

static struct envelope
event(struct bench *bench, enum envelope_type type, const char *data)
{
    return (struct envelope){
        .type = type,
        .id = new_id(bench, ""),
        .subject = bench->order_id,
        .causation = "request:by-hand",
        .time = ACTOR_EARLY_MS,
        .received_at = ACTOR_EARLY_MS,
        .data = data,
        .data_size = strlen(data),
        .topic = type == NO_TYPE ? ORDERS : envelope_topic(type),
    };
}

static const char *
taken(struct bench *bench, struct result result)
{
    if (actor_commit(&bench->actor) != 0)
        abort();
    switch (result.how) {
    case SKIPPED:
        return "never";
    case UNDONE_REFUSED:
        return strcmp(result.code, "impossible_state") == 0 ? "X" : result.code;
    case UNDONE_RETRY:
    case LOST:
        return result.code;
    default:
        return NOTHING;
    }
}

static const char *
react(struct bench *bench, enum envelope_type type, const char *data)
{
    struct envelope in = event(bench, type, data);

    return taken(bench, core_react(&bench->actor.core, &in));
}

static const char *
give_up(struct bench *bench, enum envelope_type type, const char *data)
{
    struct envelope in = event(bench, type, data);

    return taken(bench, core_give_up(&bench->actor.core, &in, NOTHING_ELSE));
}

static struct reply
ask(struct bench *bench, const char *method, const char *path, const char *body)
{
    struct reply reply = actor_ask(&bench->actor, new_id(bench, "request:"), method, path, body,
                                   new_id(bench, "key-"));

    if (actor_commit(&bench->actor) != 0)
        abort();
    return reply;
}

static bool
is(const char *one, const char *other)
{
    return strcmp(one, other) == 0;
}

/* ---- orders ---- */

static const char *
cancel(struct bench *bench)
{
    const char *path = arena_format(&bench->actor.arena, "/orders/%s/cancellation", bench->order_id);

    return arena_format(&bench->actor.arena, "%d", ask(bench, "POST", path, NULL).status);
}

/* Its order.created has reached the broker, or it could not expire. */
void
prepare_order(struct bench *bench, const char *state)
{
    static const char body[] = "{\"customer_id\":\"alice\",\"currency\":\"EUR\",\"items\":"
                               "[{\"sku\":\"book\",\"quantity\":2,\"unit_price\":1250}]}";
    struct reply reply = ask(bench, "POST", "/orders", body);

    snprintf(bench->order_id, sizeof(bench->order_id), "%s", reply.location + strlen("/orders/"));
    bench->actor.mark = 1;
    if (is(state, "PAID"))
        send_to_order(bench, "payment.completed");
    else if (is(state, "REJECTED"))
        send_to_order(bench, "payment.declined");
    else if (!is(state, "CREATED"))
        cancel(bench);
    if (is(state, "REFUNDED"))
        send_to_order(bench, "payment.refunded");
}

static const char *
expire(struct bench *bench)
{
    const char *how;

    group_begin(bench->actor.core.group);
    actor_commit(&bench->actor);            /* stores the relay's cursor */
    bench->actor.clock = clock_manual(ACTOR_LATE_MS);
    how = taken(bench, actor_expire(&bench->actor, new_id(bench, "timer:expiry:")));
    bench->actor.clock = clock_manual(ACTOR_EARLY_MS);
    return how;
}

static const char *
refuse_created(struct bench *bench)
{
    struct envelope refused = event(bench, ORDER_CREATED, "{}");

    return taken(bench, core_if_refused(&bench->actor.core, &refused, NOTHING_ELSE));
}

const char *
send_to_order(struct bench *bench, const char *what)
{
    static const char notification[] = "notification ";

    if (is(what, "cancellation"))
        return cancel(bench);
    if (is(what, "expiry"))
        return expire(bench);
    if (is(what, "order.created refused"))
        return refuse_created(bench);
    if (is(what, "payment.completed given up"))
        return give_up(bench, PAYMENT_COMPLETED, "{}");
    if (strncmp(what, notification, strlen(notification)) == 0)
        return react(bench, NOTIFICATION_SENT,
                     arena_format(&bench->actor.arena, "{\"kind\":\"%s\"}", what + strlen(notification)));
    return react(bench, envelope_type_parse(what), "{\"reason\":\"unknown_account\"}");
}

/* ---- payments ---- */

static const char in_time[] = "2026-01-01T00:15:00.000Z", before_now[] = "2025-12-31T23:59:59.999Z";

static const char *
order_data(struct bench *bench, const char *customer, const char *currency, int amount, const char *pay_by)
{
    return arena_format(&bench->actor.arena, "{\"customer_id\":\"%s\",\"currency\":\"%s\",\"amount\":%d,\"pay_by\":\"%s\"}",
                        customer, currency, amount, pay_by);
}

const char *
send_to_payment(struct bench *bench, const char *what)
{
    const char *data = order_data(bench, "alice", "EUR", 2500, in_time);

    if (is(what, "too dear"))
        data = order_data(bench, "alice", "EUR", 100001, in_time);
    else if (is(what, "of nobody"))
        data = order_data(bench, "nobody", "EUR", 2500, in_time);
    else if (is(what, "in USD"))
        data = order_data(bench, "alice", "USD", 2500, in_time);
    else if (is(what, "too late"))
        data = order_data(bench, "alice", "EUR", 2500, before_now);
    else if (is(what, "order.cancelled"))
        return react(bench, ORDER_CANCELLED, data);
    else if (is(what, "order.cancelled given up"))
        return give_up(bench, ORDER_CANCELLED, data);
    else if (is(what, "order.created given up"))
        return give_up(bench, ORDER_CREATED, data);
    return react(bench, ORDER_CREATED, data);
}

void
prepare_payment(struct bench *bench, const char *state)
{
    ask(bench, "PUT", "/accounts/alice", "{\"currency\":\"EUR\"}");
    ask(bench, "POST", "/accounts/alice/deposits", "{\"currency\":\"EUR\",\"amount\":100000}");
    uuid_new(&bench->actor.ids, ACTOR_EARLY_MS, bench->order_id);
    if (is(state, "DECLINED"))
        send_to_payment(bench, "of nobody");
    else if (is(state, "COMPLETED") || is(state, "REFUNDED"))
        send_to_payment(bench, "order.created");
    if (is(state, "VOIDED") || is(state, "REFUNDED"))
        send_to_payment(bench, "order.cancelled");
}

/* ---- notifications ---- */

static const char *
complete(struct bench *bench, const char *name)
{
    const struct completion *completion = bench->actor.service.completions;
    struct envelope in = event(bench, NO_TYPE, arena_format(&bench->actor.arena, "{\"kind\":\"%s\"}",
                                                            notification_kind(bench->news)));

    while (!is(completion->name, name))
        completion++;
    return taken(bench, core_complete(&bench->actor.core, completion, &in));
}

const char *
send_to_notify(struct bench *bench, const char *what)
{
    static const char data[] = "{\"customer_id\":\"alice\"}";

    if (is(what, "given up"))
        return give_up(bench, bench->news, data);
    if (!is(what, "console") && !is(what, "webhook"))
        return complete(bench, what);
    bench->actor.settings.notify.channel = what;
    return react(bench, bench->news, data);
}

void
prepare_notification(struct bench *bench, const char *state)
{
    uuid_new(&bench->actor.ids, ACTOR_EARLY_MS, bench->order_id);
    if (!is(state, "not told"))
        send_to_notify(bench, "webhook");
    if (is(state, "SENT"))
        complete(bench, "delivered");
    else if (is(state, "FAILED"))
        complete(bench, "undeliverable");
}
