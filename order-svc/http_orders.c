#include "http_orders.h"

#include "../common/base/memory.h"
#include "../common/http/problem.h"
#include "../common/store/db.h"
#include "order_metrics.h"
#include "order_store.h"
#include "order_view_store.h"

#include <string.h>

static struct reply
ok(const struct request *request, int status, const char *json)
{
    return (struct reply){ .status = status, .body = arena_text(request->arena, json) };
}

static struct reply
not_found(const struct request *request)
{
    return problem_reply(request->arena, PROBLEM_NOT_FOUND, NULL, "there is no order with this id");
}

struct reply
post_order(struct db *db, const struct request *request)
{
    const struct db_context *context = db_context(db);
    const struct order_settings *settings = context->settings;
    struct json_mistake mistake;
    struct order order;
    struct reply reply;

    if (order_read(db, request->in.data, &order, &mistake) != 0)
        return problem_reply(request->arena, mistake.field == NULL ? PROBLEM_MALFORMED_JSON : PROBLEM_INVALID_FIELD,
                             mistake.field, mistake.detail);
    order.created_at = request->in.received_at;
    order.pay_by = order.created_at + settings->pay_within_s * 1000;
    order.partition = context->turn_partition;
    uuid_new_on_partition(context->ids, order.created_at, context->shard.partitions, order.partition, order.order_id);
    order_insert(db, &order);
    order_history_add(db, &request->in, order.order_id, ORDER_IS_CREATED, NULL);
    order_count_status(db, &request->in, order.order_id, ORDER_IS_CREATED);
    reply = ok(request, 201, order_say_created(db, &request->in, &order));
    reply.location = arena_format(request->arena, "/orders/%s", order.order_id);
    return reply;
}

struct reply
get_order(struct db *db, const struct request *request)
{
    enum order_status status = order_status(db, request->param);
    struct reply reply;

    if (status == ORDER_STATUSES)
        return not_found(request);
    reply = ok(request, 200, order_json(db, request->param));
    reply.unsettled = status == ORDER_IS_CREATED;
    return reply;
}

struct reply
get_orders(struct db *db, const struct request *request)
{
    const char *status = request_query(request, "status"), *after = request_query(request, "after");

    if (status != NULL && order_status_parse(status) == ORDER_STATUSES)
        return problem_reply(request->arena, PROBLEM_INVALID_FIELD, "status",
                             "must be CREATED, PAID, REJECTED, CANCELLED or REFUNDED");
    return ok(request, 200, orders_page_json(db, status, after == NULL ? "" : after));
}

/* Cancelling what is cancelled answers the same again; an order that was rejected has nothing to cancel. */
struct reply
post_cancellation(struct db *db, const struct request *request)
{
    const char *order_id = request->param;

    if (order_cancel_if_open(db, &request->in, order_id, "customer"))
        order_say(db, &request->in, order_id, ORDER_CANCELLED);
    switch (order_status(db, order_id)) {
    case ORDER_STATUSES:
        return not_found(request);
    case ORDER_IS_REJECTED:
        return problem_reply(request->arena, PROBLEM_CONFLICT, NULL, "the order was rejected: nothing to cancel");
    default:
        return ok(request, 200, order_json(db, order_id));
    }
}

struct reply
get_timeline(struct db *db, const struct request *request)
{
    const char *json = order_timeline_json(db, request->param);

    return json == NULL ? not_found(request) : ok(request, 200, json);
}
