/* ctl consumer … */
#include "admin.h"
#include "handlers.h"

#include "../base/memory.h"
#include "../base/text.h"
#include "../intake.h"
#include "../node.h"
#include "../store/attempt.h"
#include "../store/position.h"

#include <string.h>

/* The partition that was named, as it is now. -1 if this service does not read it. */
static int
find(struct node *node, const struct asked *asked, struct partition_state *state)
{
    enum topic topic;

    topic_parse(argument_text(asked->arguments, "topic"), &topic);      /* one of the row's choices */
    for (int i = 0; consumer_partition(node->consumer, i, state); i++)
        if (state->topic == topic && state->partition == argument_number(asked->arguments, "partition", -1))
            return 0;
    return -1;
}

static struct reply
not_read(struct node *node, const struct asked *asked)
{
    return admin_refuse(asked, 404, "%s does not read partition %s of %s: ctl status shows what it reads",
                        node->service->name, argument_text(asked->arguments, "partition"),
                        argument_text(asked->arguments, "topic"));
}

static const char *
said(const struct asked *asked, const struct partition_state *state, const char *what)
{
    return arena_format(asked->arena, "%s/%d %s", topic_name(state->topic), state->partition, what);
}

/* ---- pause and resume: nothing but memory changes ---- */

static void
pause_now(struct node *node, const struct asked *asked)
{
    struct partition_state state;

    if (find(node, asked, &state) == 0)
        consumer_halt(node->consumer, state.topic, state.partition, "paused_by_an_operator");
}

struct reply
admin_consumer_pause(struct node *node, struct asked *asked)
{
    struct partition_state state;

    if (find(node, asked, &state) != 0)
        return not_read(node, asked);
    if (state.stopped != NULL)
        return admin_say(arena_format(asked->arena, "nothing changed: %s: %s", said(asked, &state, "is stopped"),
                                      state.stopped));
    asked->then = pause_now;
    return admin_say(arena_format(asked->arena, "done: %s",
                                  said(asked, &state, "is paused until ctl consumer resume, or a restart")));
}

static void
resume_now(struct node *node, const struct asked *asked)
{
    struct partition_state state;

    if (find(node, asked, &state) != 0)
        return;
    intake_resume(node->intake, state.topic, state.partition);
    consumer_resume(node->consumer, state.topic, state.partition);
}

struct reply
admin_consumer_resume(struct node *node, struct asked *asked)
{
    struct partition_state state;

    if (find(node, asked, &state) != 0)
        return not_read(node, asked);
    if (state.stopped == NULL)
        return admin_say(arena_format(asked->arena, "nothing changed: %s", said(asked, &state, "is being read")));
    asked->then = resume_now;
    return admin_say(arena_format(asked->arena, "done: %s from offset %lld", said(asked, &state, "is read on"),
                                  (long long)positions_get(node->positions, state.topic, state.partition)->next));
}

/* ---- reset ---- */

/* Where to read from: a number that the log has, since one that it has not would stop the partition again. */
static int
choose_offset(struct node *node, const struct asked *asked, const struct partition_state *state, int64_t *offset,
              struct reply *refusal)
{
    const char *to = argument_text(asked->arguments, "to");
    int64_t first, next;
    bool named = strcmp(to, "earliest") == 0 || strcmp(to, "latest") == 0;

    if (!named && text_parse_int(to, 0, INT64_MAX, offset) != 0) {
        *refusal = admin_refuse(asked, 400, "consumer reset: --to must be earliest, latest or an offset, not \"%s\"", to);
        return -1;
    }
    if (consumer_offsets(node->consumer, state->topic, state->partition, &first, &next) != 0) {
        *refusal = admin_refuse(asked, 503, "the broker does not say what the log has: %s",
                                broker_is_known(node->broker) ? "try again" : broker_trouble(node->broker));
        return -1;
    }
    if (named)
        *offset = strcmp(to, "earliest") == 0 ? first : next;
    if (*offset >= first && *offset <= next)
        return 0;
    *refusal = admin_refuse(asked, 409, "%s/%d has offsets %lld to %lld", topic_name(state->topic), state->partition,
                            (long long)first, (long long)next);
    return -1;
}

/* What was fetched before is of the old position: the partition is halted first, and forgets it. */
static void
read_on(struct node *node, const struct asked *asked)
{
    pause_now(node, asked);
    resume_now(node, asked);
}

struct reply
admin_consumer_reset(struct node *node, struct asked *asked)
{
    struct partition_state state;
    struct reply refusal;
    int64_t before, offset;

    if (find(node, asked, &state) != 0)
        return not_read(node, asked);
    if (choose_offset(node, asked, &state, &offset, &refusal) != 0)
        return refusal;
    before = positions_get(node->positions, state.topic, state.partition)->next;
    positions_pass(node->positions, state.topic, state.partition, offset - 1, NULL);
    attempts_forget_partition(node->core.db, state.topic, state.partition);
    asked->then = read_on;
    return admin_say(arena_format(asked->arena, "done: %s from offset %lld; it was at %lld",
                                  said(asked, &state, "is read on"), (long long)offset, (long long)before));
}
