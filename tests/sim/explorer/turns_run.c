/* One turn of one service: a process starts, does what it is given, commits, and stops. So nothing that it holds in memory
 * from one turn to the next counts here but what the world keeps for it: how far its rows are acknowledged. */
#include "turns_private.h"

#include "../../../common/outside.h"
#include "../../../common/redrive.h"
#include "../../../common/store/dead_letter.h"
#include "../../../common/store/db.h"
#include "../../../common/store/group_commit.h"
#include "../../../common/store/operation.h"
#include "../../../common/store/outbox.h"
#include "../../../common/store/outbox_list.h"
#include "../../../common/store/parked.h"
#include "../../../common/store/position.h"

#include <string.h>

/* Whose turn it is: a handler is told its database and nothing else. */
static struct {
    enum mutant mutant;
    const struct turn *turn;
} busy;

/* ---- handlers ---- */

struct outcome
turns_handle(struct db *db, const struct envelope *in)
{
    enum audited who = (enum audited)busy.turn->who;
    const struct reaction *row = service_reaction(actor_service(who), in->type);
    handler *wrong = mutant_handler(busy.mutant, who, in->type);
    struct outcome outcome;

    if (busy.mutant == MUTANT_SWALLOWED_RETRY && busy.turn->trouble == TROUBLE_RETRY)
        return DONE;
    outcome = (wrong != NULL ? wrong : row->handle)(db, in);
    if (busy.turn->trouble == TROUBLE_RETRY)
        return RETRY("simulated_retry");
    return busy.turn->trouble == TROUBLE_REFUSAL ? REFUSED("simulated_refusal") : outcome;
}

/* ---- causes ---- */

static void
complain(struct turns *turns, struct turned *turned, const char *what, const char *detail)
{
    turned->wrong = arena_format(&turns->arena, "%s%s", what, detail);
}

static void
place(struct turns *turns, struct actor *actor, struct turned *turned)
{
    static const char body[] = "{\"customer_id\":\"alice\",\"currency\":\"EUR\",\"items\":"
                               "[{\"sku\":\"book\",\"quantity\":2,\"unit_price\":1250}]}";
    struct reply reply = actor_ask(actor, "request:00000000-0000-7000-8000-000000000003", "POST", "/orders", body, "order");

    turned->status = reply.status;
    if (reply.status != 201)
        complain(turns, turned, "a good order is refused: ", reply.body);
    else
        snprintf(turns->order_id, sizeof(turns->order_id), "%s", reply.location + strlen("/orders/"));
}

static void
cancel(struct turns *turns, struct actor *actor, struct turned *turned)
{
    const char *path = arena_format(&actor->arena, "/orders/%s/cancellation", turns->order_id);
    struct reply reply = actor_ask(actor, "request:00000000-0000-7000-8000-000000000004", "POST", path, NULL, "cancel");

    turned->status = reply.status;
    if (reply.status != 200 && reply.status != 409)
        complain(turns, turned, "a cancellation is refused: ", reply.body);
}

static void
store_position(struct actor *actor, const struct record *record)
{
    positions_pass(actor->positions, record->topic, 0, record->offset, record_id(record));
}

/* Nothing may be wrong with a record that nothing was made wrong with. */
static void
check_taken(struct turns *turns, const struct actor *actor, const struct turn *turn, struct taken taken,
            struct turned *turned)
{
    const char *name = record_type(logs_record(turns->logs, turn->record));

    if (turn->trouble == TROUBLE_RETRY || turn->trouble == TROUBLE_REFUSAL)
        return;
    if (taken.how == TAKEN_LATER || taken.how == TAKEN_HALT)
        complain(turns, turned, "it cannot take ", name);
    if (intake_stats(actor->intake)->dead_letters > 0)
        complain(turns, turned, "it gives up, for no reason that anybody made, ", name);
}

static void
hear(struct turns *turns, struct actor *actor, const struct turn *turn, struct turned *turned)
{
    struct record record = *logs_record(turns->logs, turn->record);
    struct taken taken;

    record.offset = turn->offset;
    if (turns->mutant == MUTANT_POSITION_FIRST) {
        group_begin(actor->core.group);
        store_position(actor, &record);
        actor_commit(actor);
    }
    group_begin(actor->core.group);
    taken = intake_record(actor->intake, &record);
    if (taken.how == TAKEN || taken.how == TAKEN_SKIPPED)
        store_position(actor, &record);
    check_taken(turns, actor, turn, taken, turned);
}

static void
offer_again(struct turns *turns, struct actor *actor, struct turned *turned)
{
    static const char sql[] = "SELECT dead_letter_id FROM dead_letter WHERE state = 'OPEN' ORDER BY 1 LIMIT 1";
    int64_t id = db_number(actor->core.db, sql, NULL, 0);
    struct redrive redrive = redrive_letter(&actor->core, id, clock_now_ms(&actor->clock), &actor->arena);

    if (redrive.how != REDRIVEN && redrive.how != REDRIVEN_BEFORE)
        complain(turns, turned, "a redrive fails: ", redrive.text);
}

static void
answer(struct actor *actor, const struct turn *turn)
{
    struct answer answer = { .status = turn->detail % 1000, .why = turn->detail % 1000 == 0 ? "timed_out" : NULL };
    struct ending ending;
    struct call call;

    if (turns_find_call(actor, turn->detail / 1000, &call))
        outside_answered(&actor->core, &call, &answer, clock_now_ms(&actor->clock), &ending);
}

static void
write_retry(struct db *db, const void *seq)
{
    parked_retry(db, *(const int32_t *)seq);
}

/* As `ctl outbox republish` leaves it: who audits wants to know that an event stands in the outbox again by somebody's will. */
static void
write_repeat(struct db *db, const void *seq)
{
    operation_add(db, &(struct operation){ ACTOR_EARLY_MS, "operator", "outbox republish --from N --to N", "",
                                            "done: 1 rows go again" });
    outbox_republish(db, &(struct outbox_range){ *(const int32_t *)seq, *(const int32_t *)seq, 0 });
}

static void
work(struct turns *turns, struct actor *actor, const struct turn *turn, struct turned *turned)
{
    switch ((enum cause)turn->cause) {
    case CAUSE_PLACE:
        place(turns, actor, turned);
        break;
    case CAUSE_CANCEL:
        cancel(turns, actor, turned);
        break;
    case CAUSE_RECORD:
        hear(turns, actor, turn, turned);
        break;
    case CAUSE_EXPIRY:
        actor_expire(actor, "timer:expiry:00000000-0000-7000-8000-000000000005");
        break;
    case CAUSE_CURSOR:
        group_begin(actor->core.group);
        break;
    case CAUSE_ROW_REFUSED:
        set_aside_row(&actor->how, turn->detail, "MSG_SIZE_TOO_LARGE", clock_now_ms(&actor->clock));
        break;
    case CAUSE_ROW_RETRIED:
        core_write(&actor->core, (struct also){ write_retry, &turn->detail });
        break;
    case CAUSE_ROW_REPEATED:
        core_write(&actor->core, (struct also){ write_repeat, &turn->detail });
        break;
    case CAUSE_REDRIVE:
        offer_again(turns, actor, turned);
        break;
    case CAUSE_ANSWER:
        answer(actor, turn);
        break;
    }
}

/* ---- a turn ---- */

/* Ids are minted from the turn alone: the same turn mints the same ones, whatever was run before it. */
static void
seed_ids(const struct turns *turns, struct actor *actor, const struct turn *turn)
{
    const char *id = turn->cause == CAUSE_RECORD ? record_id(logs_record(turns->logs, turn->record)) : NULL;
    uint64_t seed = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)turn->who << 8 ^ (uint64_t)turn->cause;

    seed = (seed ^ (uint64_t)outbox_last_seq(actor->core.db)) * UINT64_C(0x100000001b3);
    for (; id != NULL && *id != '\0'; id++)
        seed = (seed ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
    uuid_source_seeded(&actor->ids, seed);
    db_end_cause(actor->core.db);
}

/* detail of a record or a redrive: it comes after the order was to be paid. */
static bool
is_late(const struct turn *turn)
{
    return turn->cause == CAUSE_EXPIRY
           || ((turn->cause == CAUSE_RECORD || turn->cause == CAUSE_REDRIVE) && turn->detail != 0);
}

struct turned
turns_run(struct turns *turns, struct actor *actor, const struct turn *turn)
{
    struct turned turned = { .wrong = NULL };

    busy.mutant = turns->mutant;
    busy.turn = turn;
    actor->clock = clock_manual(is_late(turn) ? ACTOR_LATE_MS : ACTOR_EARLY_MS);
    seed_ids(turns, actor, turn);
    actor_start(actor);
    if (actor->mark < turn->mark)
        actor->mark = turn->mark;
    work(turns, actor, turn, &turned);
    if (turn->trouble != TROUBLE_KILL && actor_commit(actor) != 0)
        complain(turns, &turned, "its COMMIT fails: ", db_failure_text(actor->core.db));
    actor_stop(actor);
    return turned;
}
