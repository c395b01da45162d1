#include "hooks.h"

#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "diary.h"
#include "promises.h"
#include "sim.h"

#include <string.h>

/* ---- handlers ---- */

enum { GIVING_UP = MEMBERS };    /* beside the member's number as salt: another decision for the same event */

static int
salt_of(const struct member *member)
{
    return (int)(member - sim.members);
}

/* What goes wrong with an event, whichever handler has it. */
static struct outcome
trouble_with(struct member *member, const struct envelope *in)
{
    if (sim_is_cursed(MISHAP_STUCK_EVENT, in->id, salt_of(member))) {
        sim_count(MISHAP_STUCK_EVENT);
        return RETRY("simulated_stuck");
    }
    if (sim_is_cursed(MISHAP_REFUSED_EVENT, in->id, salt_of(member))) {
        sim_count(MISHAP_REFUSED_EVENT);
        return REFUSED("simulated_refusal");
    }
    return sim_strikes(MISHAP_RETRY) ? RETRY("simulated_retry") : DONE;
}

/* A fault signal: unlike a kill it is blamed on the event. */
static void
crash(struct member *member, const struct envelope *in)
{
    if (member->dead || !sim_is_cursed(MISHAP_SEGV, in->id, salt_of(member)))
        return;
    sim_count(MISHAP_SEGV);
    member_kill(member, "by a signal in its handler");
    member->running.blamed = member->running.busy;
}

static struct outcome
on_event(struct db *db, const struct envelope *in)
{
    struct member *member = member_of(db);
    const struct reaction *row = service_reaction(member->original, in->type);
    handler *handle = mutant_handler(sim.mutant, (enum audited)salt_of(member), in->type);
    struct outcome trouble = trouble_with(member, in), outcome;

    sim_trace(member->name, "%s %s of %s", envelope_type_name(in->type), in->id, in->subject);
    diary_arrow(COLUMN_BROKER, diary_column(member), in->subject, envelope_type_name(in->type));
    member_crash_point(member, "before a handler");
    crash(member, in);
    if (trouble.verdict != VERDICT_DONE)
        diary_note(diary_column(member), '!', in->subject, trouble.code);
    if (sim.mutant == MUTANT_SWALLOWED_RETRY && trouble.verdict == VERDICT_RETRY)
        return DONE;
    outcome = (handle != NULL ? handle : row->handle)(db, in);
    if (trouble.verdict != VERDICT_DONE)
        outcome = trouble;       /* its effects are there, and have to be undone */
    member_crash_point(member, "after a handler");
    if (outcome.code != NULL) {
        sim_trace(member->name, "answers %s", outcome.code);
        if (trouble.verdict == VERDICT_DONE)
            diary_note(diary_column(member), '!', in->subject, outcome.code);
    }
    return outcome;
}

static struct outcome
on_given_up(struct db *db, const struct envelope *in)
{
    struct member *member = member_of(db);
    const struct reaction *row = service_reaction(member->original, in->type);
    struct outcome outcome;

    sim_trace(member->name, "gives up %s %s of %s", envelope_type_name(in->type), in->id, in->subject);
    diary_note(diary_column(member), '!', in->subject, arena_format(&sim.arena, "gives up %s", envelope_type_name(in->type)));
    member_crash_point(member, "before it gives up");
    outcome = row->give_up(db, in);
    if (!sim_is_cursed(MISHAP_GIVE_UP, in->id, GIVING_UP + salt_of(member)))
        return outcome;
    sim_count(MISHAP_GIVE_UP);
    return RETRY("simulated_failure");
}

/* An order has its id from the reply that makes it, and is named by the paths of all other requests about it. */
static void
note_request(struct member *member, const struct request *request, const struct reply *reply)
{
    const char *order_id = reply->location != NULL ? strrchr(reply->location, '/') + 1 : request->param;

    if (member != &sim.members[AUDIT_ORDER] || order_id == NULL)
        return;
    diary_arrow(COLUMN_CLIENT, diary_column(member), order_id,
                arena_format(&sim.arena, "%s %s", request->method,
                             strstr(request->path, "/cancellation") != NULL ? "/cancellation" : "/orders"));
    diary_note(diary_column(member), '*', order_id, arena_format(&sim.arena, "its reply will be %d", reply->status));
}

static struct reply
on_request(struct db *db, const struct request *request)
{
    struct member *member = member_of(db);
    const char *param, *allow;
    const struct route *row = service_route(member->original, request->method, request->path, request->arena, &param,
                                            &allow);
    struct reply reply;

    member_crash_point(member, "before a request's handler");
    reply = row->handle(db, request);
    sim_trace(member->name, "%s %s: %d", request->method, request->path, reply.status);
    note_request(member, request, &reply);
    member_crash_point(member, "after a request's handler");
    return reply;
}

static struct outcome
on_timer(struct db *db, const struct envelope *in)
{
    struct member *member = member_of(db);
    struct outcome outcome = member->original->timers->handle(db, in);

    check_expiry(member, in);
    sim_trace(member->name, "%.12s at the end of partition %d%s", in->id, in->partition,
              outcome.code == NULL ? "" : ": nothing to do");
    member_crash_point(member, "after a timer");
    return outcome;
}

/* Its cause is "completion:NAME:ID". */
static struct outcome
on_completion(struct db *db, const struct envelope *in)
{
    struct member *member = member_of(db);
    const struct completion *row = member->original->completions;
    const char *name = strchr(in->id, ':') + 1;
    struct outcome outcome;

    while (strncmp(name, row->name, strlen(row->name)) != 0)
        row++;
    sim_trace(member->name, "%s of %s", in->id, in->subject);
    diary_note(diary_column(member), '*', in->subject, arena_format(&sim.arena, "a post came back: %s", row->name));
    member_crash_point(member, "before a completion");
    outcome = row->handle(db, in);
    member_crash_point(member, "after a completion");
    return outcome;
}

static struct outcome
on_refused(struct db *db, const struct envelope *in)
{
    struct member *member = member_of(db);
    const struct route *row = member->original->routes;

    sim_trace(member->name, "the broker has refused %s %s of %s", envelope_type_name(in->type), in->id, in->subject);
    diary_note(diary_column(member), '!', in->subject, "the broker has refused what it said");
    while (row->if_refused == NULL)
        row++;
    return row->if_refused(db, in);
}

void
hooks_install(struct member *member)
{
    const struct service *original = member->original;

    for (int i = 0; original->routes[i].handle != NULL; i++) {
        member->routes[i] = original->routes[i];
        member->routes[i].handle = on_request;
        if (original->routes[i].if_refused != NULL)
            member->routes[i].if_refused = on_refused;
    }
    for (int i = 0; original->reactions[i].handle != NULL; i++) {
        member->reactions[i] = original->reactions[i];
        member->reactions[i].handle = on_event;
        if (original->reactions[i].give_up != NULL)
            member->reactions[i].give_up = on_given_up;
    }
    for (int i = 0; original->timers[i].handle != NULL; i++) {
        member->timers[i] = original->timers[i];
        member->timers[i].handle = on_timer;
    }
    for (int i = 0; original->completions[i].handle != NULL; i++) {
        member->completions[i] = original->completions[i];
        member->completions[i].handle = on_completion;
    }
    member->service = *original;
    member->service.routes = member->routes;
    member->service.reactions = member->reactions;
    member->service.timers = member->timers;
    member->service.completions = member->completions;
}

/* ---- commits: the linker brings every group_listen of common/ here (--wrap); those of the explorer are left alone ---- */

void __real_group_listen(struct group_commit *group, struct group_listener listener);
void __wrap_group_listen(struct group_commit *group, struct group_listener listener);

static void
before_commit(void *context)
{
    const struct watched *watched = context;

    watched->listener.before(watched->listener.context);
}

static void
after_commit(void *context, bool committed)
{
    const struct watched *watched = context;

    member_crash_point(watched->member, committed ? "after its COMMIT" : "after its ROLLBACK");
    watched->listener.after(watched->listener.context, committed);
}

void
__wrap_group_listen(struct group_commit *group, struct group_listener listener)
{
    struct member *member = sim.members;
    struct watched *watched;

    while (member < sim.members + MEMBERS && member->group != group)
        member++;
    if (member == sim.members + MEMBERS) {
        __real_group_listen(group, listener);
        return;
    }
    watched = &member->watched[member->watched_count++];
    *watched = (struct watched){ member, listener };
    __real_group_listen(group, (struct group_listener){ listener.before == NULL ? NULL : before_commit, after_commit,
                                                        watched });
}
