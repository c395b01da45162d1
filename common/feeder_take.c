/* How a stream of events begins. */
#include "feeder_private.h"

#include "base/text.h"
#include "feed.h"
#include "http/problem.h"
#include "http/server.h"
#include "http/stream.h"
#include "service.h"
#include "store/group_commit.h"

#include <string.h>

static int
read_start(const struct request *request, int64_t *asked)
{
    const char *query = request_query(request, "after");
    const char *text = request->last_event_id != NULL ? request->last_event_id : query;

    *asked = -1;
    return text == NULL ? 0 : text_parse_int(text, 0, INT64_MAX, asked);
}

static void
refuse(struct exchange *exchange, enum problem problem, const char *detail, const char *allow)
{
    struct reply reply = problem_reply(&exchange->arena, problem, NULL, detail);

    reply.allow = allow;
    reply.retry_after_s = problem == PROBLEM_UNAVAILABLE ? 1 : 0;
    exchange_hold(exchange, &reply);
    exchange_send(exchange);
}

bool
feeder_take(struct feeder *feeder, struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    int64_t asked;

    if (feeder->feed == NULL || strcmp(request->path, feeder->feed->path) != 0)
        return false;
    if (strcmp(request->method, "GET") != 0)
        refuse(exchange, PROBLEM_METHOD_NOT_ALLOWED, "the path has other methods", "GET");
    else if (read_start(request, &asked) != 0)
        refuse(exchange, PROBLEM_MALFORMED_REQUEST, "Last-Event-ID, or after, is the id of an event: a whole number", NULL);
    else if (feeder->count == READERS || feeder->stopped)
        refuse(exchange, PROBLEM_UNAVAILABLE, "too many listen already, or the service is stopping", NULL);
    else if (stream_begin(exchange)) {
        feeder->readers[feeder->count++] = (struct reader){ .exchange = exchange, .asked = asked, .after = -1 };
        if (!group_is_open(feeder->core->group))
            feeder_look(feeder);
    }
    return true;
}
