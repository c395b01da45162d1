#include "calls.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/faults.h"
#include "base/log.h"
#include "base/memory.h"
#include "http/exposition.h"
#include "http/url.h"
#include "outside.h"
#include "service.h"
#include "store/db.h"
#include "store/group_commit.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMPLETIONS = 8, PAUSE_US = 1000000, SAY_AGAIN_US = 10000000 };

struct under_way {
    struct calls *calls;
    struct call call;               /* a copy, in the arena; id NULL: free */
    struct arena arena;
};

struct calls {
    struct core *core;
    const struct outside *outside;  /* NULL: the service calls nothing */
    struct poster *poster;          /* NULL: it is told not to */
    void (*on_done)(void *context);
    void *context;
    struct under_way *under_way;
    int limit;                      /* of them */
    bool stopped;
    int64_t paused_until_us, say_again_us;
    char trouble[100];              /* empty: the last call was accepted */
    uint64_t ended[COMPLETIONS];    /* by row of the service's table */
};

/* ---- an answer ---- */

static void
note_trouble(struct calls *calls, const struct answer *answer)
{
    const struct log *log = calls->core->log;
    int64_t now = clock_monotonic_us(log->clock);

    calls->trouble[0] = '\0';
    if (answer->status / 100 == 2)
        return;
    if (answer->status == 0)
        snprintf(calls->trouble, sizeof(calls->trouble), "the last call failed: %.60s", answer->why);
    else
        snprintf(calls->trouble, sizeof(calls->trouble), "the last call was answered with %d", answer->status);
    if (now < calls->say_again_us)
        return;
    calls->say_again_us = now + SAY_AGAIN_US;
    log_warn(log, "calls outside fail", TEXT("name", calls->outside->name), TEXT("why", calls->trouble));
}

static void
report(const struct calls *calls, const struct call *call, const struct answer *answer, const struct ending *ending)
{
    log_write(calls->core->log, ending->given_up ? LOG_WARN : LOG_DEBUG,
              ending->given_up ? "a call outside is given up" : "a call outside came back",
              FIELDS(TEXT("name", calls->outside->name), TEXT("completion", ending->completion),
                     TEXT("id", call->id), TEXT("subject", call->subject), TEXT("kind", call->kind),
                     INT("tries", call->tries + 1), INT("status", answer->status), TEXT("why", answer->why)));
}

static void
note_result(struct calls *calls, struct result result, const struct ending *ending)
{
    const struct log *log = calls->core->log;
    const struct service *service = calls->core->service;
    int64_t row = outside_completion(service, ending->completion) - service->completions;

    assert(row < COMPLETIONS);
    calls->ended[row] += result.how == HANDLED;
    if (result.how != UNDONE_RETRY && result.how != UNDONE_REFUSED)
        return;
    /* Its call is due still, and would be made again at once, and again. */
    log_error(log, "what became of a call could not be stored: calls outside pause", TEXT("reason", result.code));
    calls->paused_until_us = clock_monotonic_us(log->clock) + PAUSE_US;
}

/* The place is free at once: until the turn is over nothing is looked for, and then the row tells the truth, whether the
 * commit worked or not. */
static void
on_answered(void *context, const struct answer *answer)
{
    struct under_way *place = context;
    struct calls *calls = place->calls;
    struct call call = place->call;
    struct ending ending;
    struct result result;

    crash_point(db_context(calls->core->db)->faults, POINT_POST_ANSWERED);
    place->call.id = NULL;
    result = outside_answered(calls->core, &call, answer, clock_now_ms(calls->core->log->clock), &ending);
    note_trouble(calls, answer);
    report(calls, &call, answer, &ending);
    note_result(calls, result, &ending);
    calls->on_done(calls->context);
}

/* ---- a call ---- */

static bool
is_under_way(const struct calls *calls, const char *id)
{
    for (int i = 0; i < calls->limit; i++)
        if (calls->under_way[i].call.id != NULL && strcmp(calls->under_way[i].call.id, id) == 0)
            return true;
    return false;
}

static struct under_way *
take_place(struct calls *calls, const struct call *call)
{
    struct under_way *place = calls->under_way;

    while (place->call.id != NULL)
        place++;
    arena_reset(&place->arena);
    place->call = *call;
    place->call.id = arena_text(&place->arena, call->id);
    place->call.subject = arena_text(&place->arena, call->subject);
    place->call.kind = arena_text(&place->arena, call->kind);
    place->call.traceparent = arena_text(&place->arena, call->traceparent);
    place->call.body = NULL;            /* the connection has its own copy */
    return place;
}

static void
make(void *context, const struct call *call)
{
    struct calls *calls = context;
    struct post post = { .key = call->id, .traceparent = call->traceparent, .body = call->body };
    struct faults *faults = db_context(calls->core->db)->faults;

    if (poster_room(calls->poster) == 0 || is_under_way(calls, call->id))
        return;
    crash_point(faults, POINT_POST_BEFORE);
    poster_post(calls->poster, &post, on_answered, take_place(calls, call));
    crash_point(faults, POINT_POST_AFTER);
}

static bool
may_look(const struct calls *calls)
{
    const struct core *core = calls->core;

    return calls->poster != NULL && !calls->stopped && poster_room(calls->poster) > 0
           && !group_is_open(core->group) && !group_is_failing(core->group)
           && clock_monotonic_us(core->log->clock) >= calls->paused_until_us;
}

/* Among the first `limit` rows that are due there are at least as many that are not under way as there is room for. */
void
calls_look(struct calls *calls)
{
    if (!may_look(calls))
        return;
    calls->outside->due(calls->core->db, clock_now_ms(calls->core->log->clock), calls->limit, make, calls);
    db_end_cause(calls->core->db);
}

void
calls_after_commit(void *context, bool committed)
{
    if (committed)
        calls_look(context);
}

void
calls_stop(struct calls *calls)
{
    calls->stopped = true;
}

/* ---- for people ---- */

int
calls_under_way(const struct calls *calls)
{
    return calls->poster == NULL ? 0 : calls->limit - poster_room(calls->poster);
}

const char *
calls_trouble(const struct calls *calls)
{
    return calls->trouble[0] == '\0' ? NULL : calls->trouble;
}

void
calls_write(const struct calls *calls, struct exposition *out)
{
    const struct completion *completions = calls->core->service->completions;
    char labels[100];

    if (calls->outside == NULL)
        return;
    exposition_metric(out, "outside_calls_total", "counter", "Calls outside that came back, by what became of them.");
    for (int i = 0; i < COMPLETIONS && completions[i].handle != NULL; i++) {
        snprintf(labels, sizeof(labels), "name=\"%s\",completion=\"%s\"", calls->outside->name, completions[i].name);
        exposition_sample(out, labels, (double)calls->ended[i]);
    }
    snprintf(labels, sizeof(labels), "name=\"%s\"", calls->outside->name);
    exposition_metric(out, "outside_calls_in_flight", "gauge", "Calls outside that are under way.");
    exposition_sample(out, labels, calls_under_way(calls));
    exposition_metric(out, "outside_calls_pending", "gauge", "Calls outside that have not ended, those in flight too.");
    exposition_sample(out, labels, (double)calls->outside->pending(calls->core->db));
}

/* ---- life ---- */

static int
open_poster(struct calls *calls, struct event_base *base, const struct outside_options *options, char **error)
{
    struct url url;
    const char *wrong = url_read(options->url, &url);
    struct poster_options poster = {
        .url = &url,
        .agent = calls->core->service->name,
        .connections = options->max_in_flight,
        .timeout_ms = options->timeout_ms,
    };

    if (wrong != NULL)
        return error_set(error, "the address %s %s", options->url, wrong);
    calls->limit = options->max_in_flight;
    calls->under_way = memory_new((size_t)calls->limit, sizeof(*calls->under_way));
    for (int i = 0; i < calls->limit; i++) {
        calls->under_way[i].calls = calls;
        arena_init(&calls->under_way[i].arena);
    }
    calls->poster = poster_new(base, &poster, error);
    return calls->poster == NULL ? -1 : 0;
}

/* What another channel has left behind waits until there is an address again. */
static void
warn_of_pending(struct calls *calls)
{
    int64_t pending = calls->outside->pending(calls->core->db);

    db_end_cause(calls->core->db);
    if (pending == 0)
        return;
    snprintf(calls->trouble, sizeof(calls->trouble), "calls are pending, and no address is set to make them");
    log_warn(calls->core->log, calls->trouble, TEXT("name", calls->outside->name), INT("pending", pending));
}

struct calls *
calls_new(struct event_base *base, struct core *core, void (*on_done)(void *context), void *context, char **error)
{
    struct calls *calls = memory_new(1, sizeof(*calls));
    struct outside_options options;

    calls->core = core;
    calls->outside = core->service->outside;
    calls->on_done = on_done;
    calls->context = context;
    if (calls->outside == NULL)
        return calls;
    options = calls->outside->options(db_context(core->db)->settings);
    if (options.url[0] == '\0') {
        warn_of_pending(calls);
    } else if (open_poster(calls, base, &options, error) != 0) {
        calls_free(calls);
        return NULL;
    }
    return calls;
}

void
calls_free(struct calls *calls)
{
    if (calls == NULL)
        return;
    poster_free(calls->poster);
    for (int i = 0; i < calls->limit; i++)
        arena_release(&calls->under_way[i].arena);
    free(calls->under_way);
    free(calls);
}
