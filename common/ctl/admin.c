#include "admin.h"

#include "../base/log.h"
#include "../base/memory.h"
#include "../base/page.h"
#include "../http/server.h"
#include "../node.h"
#include "../store/db.h"
#include "../store/group_commit.h"
#include "../store/operation.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 500, NAME = 64 };

static const char plain_text[] = "text/plain; charset=utf-8";

struct reply
admin_say(const char *text)
{
    return (struct reply){ .status = 200, .content_type = plain_text, .body = text };
}

/* It may repeat what was asked for, which reaches a terminal as text only. */
static struct reply
refusal(struct arena *arena, int status, const char *text)
{
    struct page page;

    page_init(&page, arena);
    page_print(&page, "%s", text);
    return (struct reply){ .status = status, .content_type = plain_text, .body = page.text };
}

struct reply
admin_refuse(const struct asked *asked, int status, const char *format, ...)
{
    char text[LINE];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return refusal(asked->arena, status, text);
}

/* ---- who ---- */

/* The kernel says which user it is; the name is what the client says of itself, for people. */
static const char *
who_asks(struct exchange *exchange)
{
    const char *said = request_query(&exchange->request, "operator");
    char name[NAME] = "unknown";

    if (said != NULL && *said != '\0')
        snprintf(name, sizeof(name), "%s", said);
    for (char *c = name; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~')
            *c = '?';
    return arena_format(&exchange->arena, "%s (uid %lld)", name, (long long)exchange_peer_uid(exchange));
}

/* ---- decisions ---- */

static void
write_operation(struct db *db, const void *operation)
{
    operation_add(db, operation);
}

static const char *
first_line(const char *text, struct arena *arena)
{
    size_t size = strcspn(text, "\n");

    return arena_bytes(arena, text, size > LINE ? LINE : size);
}

/* What was decided and what came of it are one commit. Then, and only then, what cannot be undone. */
static struct reply
record(struct node *node, const struct asked *asked, struct reply reply)
{
    struct operation operation = {
        .at = asked->now_ms,
        .who = asked->who,
        .what = arguments_typed(asked->arguments, asked->arena),
        .why = asked->why,
        .outcome = first_line(reply.body, asked->arena),
    };

    core_write(&node->core, (struct also){ write_operation, &operation });
    db_point(node->core.db, POINT_DECISION_WRITTEN);
    if (!node_commit(node))
        return admin_refuse(asked, 503, "the database takes no writes now, nothing has changed: %s",
                            db_failure_text(node->core.db));
    log_info(node->log, "an operator decided", TEXT("who", operation.who), TEXT("what", operation.what),
             TEXT("why", operation.why), TEXT("outcome", operation.outcome));
    db_point(node->core.db, POINT_DECISION_DONE);
    if (asked->then != NULL && reply.status < 400)
        asked->then(node, asked);
    return reply;
}

static struct reply
decide(struct node *node, struct asked *asked)
{
    struct reply reply = asked->arguments->command->answer(node, asked);

    if (reply.status != 0 && reply.status != 400 && reply.status != 404)
        return record(node, asked, reply);
    db_end_cause(node->core.db);        /* nothing is decided yet, or it was not understood */
    return reply;
}

struct later *
admin_later(const struct asked *asked)
{
    struct later *later = arena_alloc(asked->arena, sizeof(*later));

    *later = (struct later){ .asked = *asked, .arguments = *asked->arguments };
    later->asked.arguments = &later->arguments;
    return later;
}

void
admin_conclude(struct later *later, struct reply reply)
{
    struct exchange *exchange = later->asked.exchange;

    reply = record(later->asked.node, &later->asked, reply);
    exchange_hold(exchange, &reply);
    exchange_send(exchange);
}

static struct reply
look(struct node *node, struct asked *asked)
{
    struct reply reply = asked->arguments->command->answer(node, asked);
    enum db_failure failure = db_failure(node->core.db);

    db_end_cause(node->core.db);
    if (failure == DB_FINE)
        return reply;
    if (failure == DB_TURN_LOST)
        db_forget_failure(node->core.db);       /* a read outside a turn: nothing to undo */
    return admin_refuse(asked, 503, "the database cannot be read now: %s", db_failure_text(node->core.db));
}

/* ---- requests ---- */

static struct reply
answer(struct node *node, struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    const struct command *command = command_of_path(request->path);
    struct arguments arguments;
    struct asked asked = { .node = node, .exchange = exchange, .arguments = &arguments, .arena = request->arena,
                           .now_ms = request->in.received_at };
    const char *why;

    if (command == NULL)
        return refusal(asked.arena, 404, "this service does not know the command: it is another version than ctl");
    if (strcmp(request->method, command->changes ? "POST" : "GET") != 0)
        return refusal(asked.arena, 405, command->changes ? "this command is a POST" : "this command is a GET");
    if (arguments_from_query(&arguments, command, request, &why) != 0)
        return refusal(asked.arena, 400, why);
    asked.who = who_asks(exchange);
    asked.why = request_query(request, "why");
    if (asked.why == NULL)
        asked.why = "";
    return command->changes ? decide(node, &asked) : look(node, &asked);
}

/* The turn is committed first: what operators are shown is durable, and what they decide is a turn of its own. When the
 * database takes no writes the turn is undone, and they are shown what is left. */
void
admin_on_request(void *context, struct exchange *exchange)
{
    struct node *node = context;
    struct reply reply;

    node_commit(node);
    reply = answer(node, exchange);
    if (reply.status == 0)              /* later */
        return;
    exchange_hold(exchange, &reply);
    exchange_send(exchange);
}
