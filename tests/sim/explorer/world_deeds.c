/* What may happen next. */
#include "world.h"

#include <assert.h>

/* How often each kind may happen at most. */
static const int limits[MISCHIEFS] = {
    [MISCHIEF_KILL] = 1, [MISCHIEF_DOUBLE] = 1, [MISCHIEF_FAILURE] = 2, [MISCHIEF_REFUSAL] = 1,
};

static const struct seen *
seen_of(const struct rules *rules, const struct world *world, enum audited who)
{
    return turns_seen(rules->turns, who, world->database[who]);
}

static bool
may(const struct rules *rules, const struct world *world, enum mischief mischief)
{
    int sum = 0;

    if (mischief == NO_MISCHIEF)
        return true;
    for (int i = 0; i < MISCHIEFS; i++)
        sum += world->spent[i];
    return sum < rules->mischief && world->spent[mischief] < limits[mischief];
}

struct adding {
    const struct rules *rules;
    const struct world *world;
    struct deeds *deeds;
};

static void
add(const struct adding *to, bool has_to_be, struct deed deed)
{
    enum mischief mischief = world_mischief(&deed);

    if (!may(to->rules, to->world, mischief))
        return;
    assert(to->deeds->count < DEEDS);
    to->deeds->all[to->deeds->count++] = deed;
    if (has_to_be && mischief == NO_MISCHIEF)
        to->deeds->at_rest = false;
}

/* It, and the same with a process that dies in the midst of it. */
static void
add_turn(const struct adding *to, bool has_to_be, struct deed deed)
{
    add(to, has_to_be, deed);
    deed.trouble = TROUBLE_KILL;
    add(to, false, deed);
}

static bool
waits_for_reply(const struct world *world)
{
    return world->order == ASKED_DONE || world->cancellation == ASKED_DONE || world->cancellation == ASKED_CONFLICT;
}

static void
add_customers(const struct adding *to)
{
    const struct world *world = to->world;
    bool asked = seen_of(to->rules, world, AUDIT_ORDER)->asks_for_time
                 || seen_of(to->rules, world, AUDIT_PAYMENT)->asks_for_time;

    if (world->order <= ASKED_AGAIN)
        add_turn(to, true, (struct deed){ .what = DEED_PLACE });
    else if (to->rules->may_be_cancelled && world->cancellation <= ASKED_AGAIN)
        add_turn(to, world->cancellation == ASKED_AGAIN, (struct deed){ .what = DEED_CANCEL });
    if (to->rules->may_be_late && !world->late && world->order != ASKED_NOT && asked)
        add(to, false, (struct deed){ .what = DEED_LATER });
}

/* true: a service keeps a dead letter that has come back, before anything else happens. It is offered again as late as the
 * operator likes. */
static bool
add_letters(const struct adding *to)
{
    int offset;

    for (int who = 0; who < AUDITED; who++)
        for (int topic = TOPICS; topic < ALL_TOPICS; topic++)
            if (world_next_record(to->rules, to->world, (enum audited)who, (enum topic)topic, &offset) >= 0) {
                add_turn(to, true, (struct deed){ .what = DEED_HEAR, .who = (uint8_t)who, .topic = (uint8_t)topic });
                return true;
            }
    return false;
}

static void
add_records(const struct adding *to, enum audited who)
{
    int offset;

    for (int topic = 0; topic < TOPICS; topic++) {
        struct deed deed = { .what = DEED_HEAR, .who = (uint8_t)who, .topic = (uint8_t)topic };

        if (world_next_record(to->rules, to->world, who, (enum topic)topic, &offset) < 0)
            continue;
        add_turn(to, true, deed);
        deed.trouble = TROUBLE_RETRY;
        add(to, false, deed);
        deed.trouble = TROUBLE_REFUSAL;
        add(to, false, deed);
    }
}

/* The first row that is not sent; 0 if there is none. One row of a key is under way at a time, and there is one key. */
static int
unsent_row(const struct adding *to, enum audited who)
{
    const struct seen *seen = seen_of(to->rules, to->world, who);

    for (int i = 0; i < seen->row_count; i++)
        if (seen->rows[i].seq > to->world->mark[who])
            return seen->rows[i].seq;
    return 0;
}

/* true: the first service that has something to send does so before anything else happens, or dies. */
static bool
add_sending(const struct adding *to)
{
    for (int who = 0; who < AUDITED; who++) {
        struct deed deed = { .what = DEED_SEND, .who = (uint8_t)who, .detail = (int16_t)unsent_row(to, (enum audited)who) };

        if (deed.detail == 0 || to->world->stuck >> who & 1)
            continue;
        add_turn(to, true, deed);
        deed.what = DEED_SEND_TWICE;
        add(to, false, deed);
        deed.what = DEED_STICK;
        add(to, false, deed);
        deed.what = DEED_KILL;
        add(to, false, deed);
        return true;
    }
    return false;
}

static void
add_rows(const struct adding *to, enum audited who)
{
    const struct seen *seen = seen_of(to->rules, to->world, who);
    struct deed deed = { .what = DEED_ROW_REFUSED, .who = (uint8_t)who };

    if (to->world->stuck >> who & 1) {
        deed.detail = (int16_t)unsent_row(to, who);
        add(to, true, deed);
    }
    deed.what = DEED_REPEAT_ROW;
    for (int i = 0; i < seen->row_count && seen->rows[i].seq <= seen->cursor; i++) {
        deed.detail = (int16_t)seen->rows[i].seq;
        add(to, false, deed);
    }
}

static void
add_decisions(const struct adding *to, enum audited who)
{
    const struct seen *seen = seen_of(to->rules, to->world, who);
    struct deed deed = { .what = DEED_REDRIVE, .who = (uint8_t)who };

    if (seen->open_letters > 0)
        add_turn(to, true, deed);
    deed.what = DEED_RETRY_ROW;
    deed.detail = (int16_t)seen->parked;
    if (seen->parked > 0)
        add_turn(to, true, deed);
}

static void
add_posts(const struct adding *to)
{
    int due = seen_of(to->rules, to->world, AUDIT_NOTIFY)->posts;
    struct deed deed = { .who = AUDIT_NOTIFY, .detail = to->world->post };

    if (to->world->post != 0) {
        deed.what = DEED_ANSWER;
        add_turn(to, true, deed);
        return;
    }
    deed.what = DEED_POST;
    for (int kind = 0; due >> kind != 0; kind++)
        for (int answer = 0; due >> kind & 1 && answer < POST_ANSWERS; answer++) {
            deed.detail = (int16_t)(1 + POST_ANSWERS * kind + answer);
            add(to, true, deed);
        }
}

/* What was said in time is heard first. */
static void
add_expiry(const struct adding *to)
{
    int offset;

    if (to->world->late && seen_of(to->rules, to->world, AUDIT_ORDER)->overdue
        && world_next_record(to->rules, to->world, AUDIT_ORDER, PAYMENTS, &offset) < 0)
        add_turn(to, true, (struct deed){ .what = DEED_EXPIRE, .who = AUDIT_ORDER });
}

/* Its cursor, if it has nothing else to do. */
static void
add_tick(const struct adding *to, enum audited who, bool busy)
{
    if (!busy && to->world->mark[who] > seen_of(to->rules, to->world, who)->cursor)
        add_turn(to, true, (struct deed){ .what = DEED_STORE_CURSOR, .who = (uint8_t)who });
}

static void
add_service(const struct adding *to, enum audited who)
{
    bool at_rest = to->deeds->at_rest;

    to->deeds->at_rest = true;
    add_records(to, who);
    add_rows(to, who);
    add_decisions(to, who);
    if (who == AUDIT_ORDER)
        add_expiry(to);
    if (who == AUDIT_NOTIFY)
        add_posts(to);
    add_tick(to, who, !to->deeds->at_rest);
    to->deeds->at_rest &= at_rest;
}

/* Only where it makes a difference: there is something in memory. */
static void
add_kills(const struct adding *to)
{
    for (int who = 0; who < AUDITED; who++)
        if (to->world->mark[who] > seen_of(to->rules, to->world, (enum audited)who)->cursor
            || (who == AUDIT_NOTIFY && to->world->post != 0))
            add(to, false, (struct deed){ .what = DEED_KILL, .who = (uint8_t)who });
}

void
world_deeds(const struct rules *rules, const struct world *world, struct deeds *deeds)
{
    struct adding to = { rules, world, deeds };

    deeds->count = 0;
    deeds->at_rest = true;
    if (waits_for_reply(world)) {
        add(&to, true, (struct deed){ .what = DEED_REPLY });
        add(&to, false, (struct deed){ .what = DEED_KILL, .who = AUDIT_ORDER });
        return;
    }
    if (add_sending(&to) || add_letters(&to))
        return;
    add_customers(&to);
    for (int who = 0; who < AUDITED; who++)
        add_service(&to, (enum audited)who);
    add_kills(&to);
}
