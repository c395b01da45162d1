#include "http_notifications.h"

#include "../common/base/memory.h"
#include "../common/http/problem.h"
#include "notification_store.h"

struct reply
get_notifications(struct db *db, const struct request *request)
{
    const char *order_id = request_query(request, "order_id");

    if (order_id == NULL)
        return problem_reply(request->arena, PROBLEM_INVALID_FIELD, "order_id", "is missing in the query");
    return (struct reply){ .status = 200, .body = arena_text(request->arena, notifications_json(db, order_id)) };
}
