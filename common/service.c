#include "service.h"

#include "base/log.h"
#include "handler_faults.h"
#include "http/idempotency.h"
#include "http/problem.h"
#include "store/db.h"
#include "store/group_commit.h"
#include "store/processed_event.h"

#include <assert.h>
#include <string.h>

static uint32_t
mask_of(const enum envelope_type emits[EMITS])
{
    uint32_t mask = 0;

    for (int i = 0; i < EMITS && emits[i] != NO_TYPE; i++)
        mask |= 1u << emits[i];
    return mask;
}

static struct result
result_of(struct outcome outcome)
{
    switch (outcome.verdict) {
    case VERDICT_DONE:
        return (struct result){ outcome.code == NULL ? HANDLED : HANDLED_BEFORE, NULL };
    case VERDICT_RETRY:
        return (struct result){ UNDONE_RETRY, outcome.code };
    default:
        return (struct result){ UNDONE_REFUSED, outcome.code };
    }
}

/* What the handler and the database say together. A broken constraint is a refusal: it would break again. */
static struct outcome
judge(struct core *core, struct outcome outcome)
{
    if (db_failure(core->db) != DB_CAUSE_FAILED)
        return outcome;
    log_error(core->log, "the database refused a change", TEXT("error", db_failure_text(core->db)));
    return REFUSED("database_constraint");
}

struct row {
    handler *handle;
    const enum envelope_type *emits;
    bool (*first)(struct db *db, const struct envelope *in);    /* false: it was handled before; NULL: not asked */
    struct outcome (*spoil)(struct faults *faults, const struct envelope *in, struct outcome outcome);
    struct also also;
};

static struct outcome
handle(struct core *core, const struct row *row, const struct envelope *in)
{
    struct db_context *context = db_context(core->db);
    struct outcome outcome;

    if (row->first != NULL && !row->first(core->db, in))
        return DONE_BEFORE;
    context->may_emit = mask_of(row->emits);
    outcome = row->handle(core->db, in);
    context->may_emit = 0;
    if (context->faults != NULL && row->spoil != NULL)
        return row->spoil(context->faults, in, outcome);
    return outcome;
}

static struct outcome
nothing(struct db *db, const struct envelope *in)
{
    (void)db, (void)in;
    return DONE;
}

/* Every event, timer and completion passes here: one cause, one savepoint. */
static struct result
run(struct core *core, struct row row, const struct envelope *in)
{
    struct outcome outcome;

    group_cause_begin(core->group);
    if (row.also.write != NULL)
        row.also.write(core->db, row.also.what);
    outcome = handle(core, &row, in);
    outcome = judge(core, outcome);
    group_cause_end(core->group, outcome.verdict == VERDICT_DONE);
    if (db_failure(core->db) != DB_FINE)
        return (struct result){ LOST, "database_failure" };
    return result_of(outcome);
}

static struct result
run_reaction(struct core *core, const struct envelope *in, bool (*first)(struct db *, const struct envelope *),
             struct also also)
{
    const struct reaction *reaction = service_reaction(core->service, in->type);
    struct row row = { .spoil = handler_faults, .also = also };

    if (reaction == NULL)
        return (struct result){ SKIPPED, NULL };
    row.handle = reaction->handle;
    row.emits = reaction->emits;
    row.first = reaction->once == BY_PROCESSED_EVENT ? first : NULL;
    return run(core, row, in);
}

struct result
core_react(struct core *core, const struct envelope *in)
{
    return run_reaction(core, in, processed_event_add, NOTHING_ELSE);
}

struct result
core_redrive(struct core *core, const struct envelope *in, struct also also)
{
    return run_reaction(core, in, processed_event_revive, also);
}

struct result
core_timer(struct core *core, const struct timer *timer, const struct envelope *in)
{
    return run(core, (struct row){ .handle = timer->handle, .emits = timer->emits }, in);
}

struct result
core_complete(struct core *core, const struct completion *completion, const struct envelope *in)
{
    return run(core, (struct row){ .handle = completion->handle, .emits = completion->emits }, in);
}

struct result
core_give_up(struct core *core, const struct envelope *in, struct also also)
{
    const struct reaction *reaction = service_reaction(core->service, in->type);

    if (reaction == NULL || reaction->give_up == NULL)
        return (struct result){ SKIPPED, NULL };
    return run(core, (struct row){ .handle = reaction->give_up, .emits = reaction->give_up_emits, .also = also,
                                   .spoil = give_up_faults }, in);
}

struct result
core_if_refused(struct core *core, const struct envelope *refused, struct also also)
{
    const struct route *route;

    for (route = core->service->routes; route->handle != NULL; route++)
        if (route->if_refused != NULL && mask_of(route->emits) >> refused->type & 1)
            return run(core, (struct row){ .handle = route->if_refused, .emits = route->if_refused_emits, .also = also },
                       refused);
    return (struct result){ SKIPPED, NULL };
}

struct result
core_write(struct core *core, struct also also)
{
    static const enum envelope_type none[EMITS] = { NO_TYPE };

    return run(core, (struct row){ .handle = nothing, .emits = none, .also = also }, NULL);
}

/* ---- requests ---- */

static struct reply
run_route(struct core *core, const struct route *route, const struct request *request)
{
    struct db_context *context = db_context(core->db);
    struct reply reply;

    context->may_emit = mask_of(route->emits);
    reply = route->handle(core->db, request);
    context->may_emit = 0;
    return reply;
}

static struct reply
run_with_key(struct core *core, const struct route *route, const struct request *request)
{
    struct idempotency idempotency;
    struct reply reply;

    if (route->key == KEY_REQUIRED && request->idempotency_key == NULL)
        return problem_reply(request->arena, PROBLEM_KEY_REQUIRED, NULL,
                             "send an Idempotency-Key: without it a second try would be a second effect");
    if (route->key == KEY_IGNORED || request->idempotency_key == NULL)
        return run_route(core, route, request);
    idempotency = idempotency_of(core->db, request, route->owner.in_body);
    if (idempotency_find(core->db, &idempotency, request->arena, &reply))
        return reply;
    reply = run_route(core, route, request);
    if (reply.status >= 200 && reply.status < 300)
        idempotency_store(core->db, &idempotency, &reply, request->in.received_at);
    return reply;
}

static struct reply
unavailable(const struct request *request, const char *detail)
{
    struct reply reply = problem_reply(request->arena, PROBLEM_UNAVAILABLE, NULL, detail);

    reply.retry_after_s = 1;
    return reply;
}

/* One shard has everything: nobody has to be looked for. */
static bool
is_misdirected(struct core *core, const struct route *route, const struct request *request, struct reply *reply)
{
    const struct shard *ours = &db_context(core->db)->shard;
    int shard;

    if (ours->count == 1)
        return false;
    shard = owner_shard(&route->owner, core->db, request);
    db_end_cause(core->db);
    if (shard < 0 || shard == ours->index)
        return false;
    *reply = problem_misdirected(request->arena, shard, ours->count);
    return true;
}

struct reply
core_request(struct core *core, const struct route *route, const struct request *request)
{
    bool writes = strcmp(route->method, "GET") != 0;
    struct reply reply;

    if (is_misdirected(core, route, request, &reply))
        return reply;
    if (writes)
        group_cause_begin(core->group);
    reply = run_with_key(core, route, request);
    if (db_failure(core->db) == DB_CAUSE_FAILED) {      /* handlers check first: it is our fault, not the client's */
        judge(core, DONE);
        reply = unavailable(request, "the database refused the change; nothing was written");
    }
    if (writes)
        group_cause_end(core->group, reply.status < 400);
    else
        db_end_cause(core->db);
    if (db_failure(core->db) == DB_FINE)
        return reply;
    if (db_failure(core->db) == DB_TURN_LOST && !group_is_open(core->group))
        db_forget_failure(core->db);        /* a read outside a turn: nothing to undo, the next one may succeed */
    return unavailable(request, "the database cannot be used now; the same Idempotency-Key again is safe");
}
