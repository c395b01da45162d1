/* What stands in for common/http/poster.h: posts go to a receiver that is slow, or away, or will not have some of them. */
#include "receiver.h"

#include "../../common/http/poster.h"
#include "sim.h"

#include <stdlib.h>
#include <string.h>

/* One post, and then its answer, on the way. */
struct posting {
    struct task task;
    struct poster *poster;       /* NULL: who posted it is gone */
    const char *key;
    on_answer *done;
    void *context;
    struct answer answer;
    struct posting *next;        /* of the poster */
};

struct poster {
    int connections, timeout_ms;
    struct posting *first;
    int count;
};

/* Keys that were accepted, for as long as the run. */
struct accepted {
    const char *key;
    struct accepted *next;
};
static struct accepted *accepted;

bool
receiver_has(const char *key)
{
    for (const struct accepted *one = accepted; one != NULL; one = one->next)
        if (strcmp(one->key, key) == 0)
            return true;
    return false;
}

static void
accept_key(const char *key)
{
    struct accepted *one = arena_alloc(&sim.arena, sizeof(*one));

    *one = (struct accepted){ key, accepted };
    accepted = one;
}

static void
take_out(struct posting *posting)
{
    struct posting **link = &posting->poster->first;

    while (*link != posting)
        link = &(*link)->next;
    *link = posting->next;
    posting->poster->count--;
}

static void
on_returned(void *context)
{
    struct posting *posting = context;
    struct posting over = *posting;

    if (posting->poster != NULL)
        take_out(posting);
    free(posting);
    if (over.poster != NULL)
        over.done(over.context, &over.answer);
}

/* Whatever it answers, it answers the same key the same way when it refuses it for good. */
static struct answer
judge(const char *key)
{
    if (sim_is_cursed(MISHAP_WEBHOOK_REFUSED, key, 0)) {
        sim_count(MISHAP_WEBHOOK_REFUSED);
        return (struct answer){ .status = 410 };
    }
    if (sim_strikes(MISHAP_WEBHOOK))
        return (struct answer){ .status = 503 };
    accept_key(key);
    return (struct answer){ .status = 204 };
}

static void
on_arrived(void *context)
{
    struct posting *posting = context;
    int64_t back_us = sim_latency_us();

    posting->answer = judge(posting->key);
    sim_trace("receiver", "answers %s with %d", posting->key, posting->answer.status);
    if (sim_strikes(MISHAP_WEBHOOK_ANSWER)) {
        posting->answer = (struct answer){ .why = "timed_out" };
        back_us = posting->poster == NULL ? back_us : (int64_t)posting->poster->timeout_ms * 1000;
    }
    posting->task.run = on_returned;
    agenda_put(&sim.agenda, &posting->task, sim_now_us() + back_us);
}

struct poster *
poster_new(struct event_base *base, const struct poster_options *options, char **error)
{
    struct poster *poster = memory_new(1, sizeof(*poster));

    (void)base, (void)error;
    poster->connections = options->connections;
    poster->timeout_ms = options->timeout_ms;
    return poster;
}

void
poster_free(struct poster *poster)
{
    if (poster == NULL)
        return;
    while (poster->first != NULL) {
        struct posting *posting = poster->first;

        poster->first = posting->next;
        posting->poster = NULL;
        if (posting->task.place == 0)        /* never sent: the process was dead */
            free(posting);
    }
    free(poster);
}

int
poster_room(const struct poster *poster)
{
    return poster->connections - poster->count;
}

void
poster_post(struct poster *poster, const struct post *post, on_answer *done, void *context)
{
    struct posting *posting = memory_new(1, sizeof(*posting));
    struct member *member = &sim.members[AUDIT_NOTIFY];

    *posting = (struct posting){ .task = { .run = on_arrived, .context = posting }, .poster = poster,
                                 .key = arena_text(&sim.arena, post->key), .done = done, .context = context,
                                 .next = poster->first };
    poster->first = posting;
    poster->count++;
    member_crash_point(member, "before a webhook is posted");
    if (!member->dead)
        agenda_put(&sim.agenda, &posting->task, sim_now_us() + sim_latency_us());
}
