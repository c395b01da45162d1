/* What comes of a deed. */
#include "world.h"

struct doing {
    const struct rules *rules;
    const struct deed *deed;
    struct world *world;
    const char **wrong;
};

/* A turn of the deed's service. Answers the status of its reply, if there is one. */
static int
turn(const struct doing *it, enum cause cause, int record, int offset, int detail)
{
    enum audited who = (enum audited)it->deed->who;
    struct turned turned = turns_take(it->rules->turns, &(struct turn){
        .before = it->world->database[who],
        .record = record,
        .offset = offset,
        .detail = detail,
        .who = it->deed->who,
        .cause = (uint8_t)cause,
        .trouble = it->deed->trouble,
        .mark = it->world->mark[who],
    });

    it->world->database[who] = turned.after;
    if (turned.wrong != NULL)
        *it->wrong = turned.wrong;
    return turned.status;
}

/* What it held in memory is gone: what is not known to be acknowledged is sent again, and nobody is answered. */
static void
forget(const struct doing *it)
{
    struct world *world = it->world;
    enum audited who = (enum audited)it->deed->who;

    world->mark[who] = (uint8_t)turns_seen(it->rules->turns, who, world->database[who])->cursor;
    if (who == AUDIT_ORDER && world->order == ASKED_DONE)
        world->order = ASKED_AGAIN;
    if (who == AUDIT_ORDER && (world->cancellation == ASKED_DONE || world->cancellation == ASKED_CONFLICT))
        world->cancellation = ASKED_AGAIN;
    if (who == AUDIT_NOTIFY)
        world->post = 0;
}

/* A right service is killed before its COMMIT, and so before the reply leaves. */
static void
ask(const struct doing *it, enum cause cause, uint8_t *asked)
{
    int status = turn(it, cause, 0, 0, 0);
    bool killed = it->deed->trouble == TROUBLE_KILL;

    if (!killed)
        *asked = status == 409 ? ASKED_CONFLICT : ASKED_DONE;
    else if (it->rules->mutant == MUTANT_REPLY_FIRST)
        *asked = status == 409 ? TOLD_CONFLICT : TOLD_DONE;
    else
        *asked = ASKED_AGAIN;
}

static void
reply(struct world *world)
{
    if (world->order == ASKED_DONE)
        world->order = TOLD_DONE;
    else
        world->cancellation = world->cancellation == ASKED_DONE ? TOLD_DONE : TOLD_CONFLICT;
}

/* Only payment-svc asks for the time. */
static void
hear(const struct doing *it)
{
    enum audited who = (enum audited)it->deed->who;
    int offset, record = world_next_record(it->rules, it->world, who, (enum topic)it->deed->topic, &offset);
    bool asks = who == AUDIT_PAYMENT
                && envelope_type_parse(record_type(logs_record(it->rules->logs, record))) == ORDER_CREATED;

    turn(it, CAUSE_RECORD, record, offset, asks && it->world->late);
}

static void
append(const struct doing *it, int seq)
{
    const struct seen *seen = turns_seen(it->rules->turns, (enum audited)it->deed->who, it->world->database[it->deed->who]);
    int row = 0;
    int32_t *log;

    while (seen->rows[row].seq != seq)
        row++;
    log = &it->world->log[logs_record(it->rules->logs, seen->rows[row].record)->topic];
    *log = logs_append(it->rules->logs, *log, seen->rows[row].record);
}

/* One that is killed here dies before the broker has it. */
static void
send_row(const struct doing *it)
{
    uint8_t *mark = &it->world->mark[it->deed->who];

    if (it->deed->trouble == TROUBLE_KILL) {
        struct deed stored = { .what = DEED_STORE_CURSOR, .who = it->deed->who };

        if (it->rules->mutant != MUTANT_REPORT_FIRST)
            return;
        *mark = (uint8_t)it->deed->detail;
        turn(&(struct doing){ it->rules, &stored, it->world, it->wrong }, CAUSE_CURSOR, 0, 0, 0);
        return;
    }
    append(it, it->deed->detail);
    if (it->deed->what == DEED_SEND_TWICE)
        append(it, it->deed->detail);
    *mark = (uint8_t)it->deed->detail;
}

static void
act(const struct doing *it)
{
    struct world *world = it->world;
    const struct deed *deed = it->deed;

    switch ((enum what)deed->what) {
    case DEED_PLACE:
        ask(it, CAUSE_PLACE, &world->order);
        break;
    case DEED_CANCEL:
        ask(it, CAUSE_CANCEL, &world->cancellation);
        break;
    case DEED_REPLY:
        reply(world);
        break;
    case DEED_HEAR:
        hear(it);
        break;
    case DEED_EXPIRE:
        turn(it, CAUSE_EXPIRY, 0, 0, 0);
        break;
    case DEED_SEND:
    case DEED_SEND_TWICE:
        send_row(it);
        break;
    case DEED_STICK:
        world->stuck |= (uint8_t)(1u << deed->who);
        break;
    case DEED_ROW_REFUSED:
        world->stuck &= (uint8_t)~(1u << deed->who);
        turn(it, CAUSE_ROW_REFUSED, 0, 0, deed->detail);
        break;
    case DEED_STORE_CURSOR:
        turn(it, CAUSE_CURSOR, 0, 0, 0);
        break;
    case DEED_POST:
        world->post = (uint8_t)deed->detail;
        break;
    case DEED_ANSWER:
        turn(it, CAUSE_ANSWER, 0, 0, 1000 * world_post_kind(deed->detail) + world_post_status(deed->detail));
        world->post = 0;
        break;
    case DEED_REDRIVE:
        turn(it, CAUSE_REDRIVE, 0, 0, deed->who == AUDIT_PAYMENT && world->late);
        break;
    case DEED_RETRY_ROW:
        turn(it, CAUSE_ROW_RETRIED, 0, 0, deed->detail);
        break;
    case DEED_REPEAT_ROW:
        turn(it, CAUSE_ROW_REPEATED, 0, 0, deed->detail);
        break;
    case DEED_LATER:
        world->late = 1;
        break;
    case DEED_KILL:
        break;
    }
}

/* Once nobody does, it makes no difference any more. */
static bool
asks_for_time(const struct doing *it)
{
    const struct turns *turns = it->rules->turns;

    return turns_seen(turns, AUDIT_ORDER, it->world->database[AUDIT_ORDER])->asks_for_time
           || turns_seen(turns, AUDIT_PAYMENT, it->world->database[AUDIT_PAYMENT])->asks_for_time;
}

struct world
world_after(const struct rules *rules, const struct world *world, const struct deed *deed, const char **wrong)
{
    struct world after = *world;
    struct doing it = { rules, deed, &after, wrong };
    enum mischief mischief = world_mischief(deed);

    *wrong = NULL;
    act(&it);
    if (deed->trouble == TROUBLE_KILL || deed->what == DEED_KILL)
        forget(&it);
    if (!asks_for_time(&it))
        after.late = 0;
    if (mischief != NO_MISCHIEF)
        after.spent[mischief]++;
    return after;
}
