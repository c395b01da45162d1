#include "operator.h"

#include "../../common/set_aside.h"
#include "../../common/store/db.h"
#include "../../common/store/dead_letter.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/parked.h"
#include "sim.h"

enum { LOOKS_AFTER_US = 20000000, HEALED_LOOKS_AFTER_US = 1000000, LETTERS = 64, TRIES = 3 };

static struct task task;

/* ---- partitions ---- */

static void
resume(struct member *member)
{
    struct partition_state state;

    for (int i = 0; consumer_partition(member->node->consumer, i, &state); i++) {
        if (state.stopped == NULL)
            continue;
        sim_trace("operator", "%s resumes %s/%d: %s", member->name, topic_name(state.topic), state.partition,
                  state.stopped);
        intake_resume(member->node->intake, state.topic, state.partition);
        consumer_resume(member->node->consumer, state.topic, state.partition);
    }
}

/* ---- parked rows ---- */

static void
send_again(struct db *db, const void *what)
{
    parked_retry(db, *(const int64_t *)what);
}

static bool
has_parked(struct member *member)
{
    return parked_count_state(member->db, "PARKED") > 0;
}

static void
retry_parked(struct member *member)
{
    static const char sql[] = "SELECT seq FROM outbox_parked WHERE state = 'PARKED' ORDER BY seq LIMIT 1";
    int64_t seq = db_number(member->db, sql, NULL, 0);

    if (seq == 0)
        return;
    sim_trace("operator", "%s sends row %lld again", member->name, (long long)seq);
    core_write(&member->node->core, (struct also){ send_again, &seq });
    if (node_commit(member->node))
        relay_count_parked(member->node->relay);
}

/* ---- dead letters ---- */

static void
close_letter(struct db *db, const void *what)
{
    dead_letter_close(db, *(const int64_t *)what, "DONE");
}

static void
count_try(struct db *db, const void *what)
{
    dead_letter_count_try(db, *(const int64_t *)what);
}

static void
redrive(struct member *member, int64_t id)
{
    struct core *core = &member->node->core;
    struct kept_letter letter;
    struct envelope in;
    struct result result = { UNDONE_REFUSED, "no_event" };

    if (dead_letter_load(member->db, id, &letter)
        && record_read(&letter.record, db_scratch(member->db), &in) == NULL) {
        in.received_at = clock_now_ms(&sim.clock);
        result = core_redrive(core, &in, (struct also){ close_letter, &id });
    }
    sim_trace("operator", "%s redrives letter %lld: %d %s", member->name, (long long)id, (int)result.how,
              result.code == NULL ? "" : result.code);
    if (result.how == HANDLED || result.how == HANDLED_BEFORE)
        sim.tally.redriven++;
    else
        core_write(core, (struct also){ count_try, &id });
    node_operation_done(member->node);
}

/* Those that were not tried in vain too often: after the healing there are new tries. */
static int
open_letters(struct member *member, int64_t ids[LETTERS])
{
    static const char sql[] =
        "SELECT dead_letter_id FROM dead_letter WHERE state = 'OPEN' AND tries < :tries ORDER BY 1 LIMIT :limit";
    int tries = sim.healed ? 2 * TRIES : TRIES;
    struct rows *rows = db_select(member->db, sql, FIELDS(INT("tries", tries), INT("limit", LETTERS)));
    int count = 0;

    while (rows_next(rows))
        ids[count++] = rows_int(rows, 0);
    return count;
}

/* ---- looking ---- */

static void
look_at(struct member *member)
{
    int64_t ids[LETTERS];
    int count = open_letters(member, ids);

    for (int i = 0; i < count && !member->dead; i++)
        if (sim.healed || chance_one_in(&sim.chance, 4))
            redrive(member, ids[i]);
    if (!member->dead)
        retry_parked(member);
    if (!member->dead)
        resume(member);
}

static void
look_again(void)
{
    int64_t after_us = sim.healed ? HEALED_LOOKS_AFTER_US : LOOKS_AFTER_US;

    agenda_put(&sim.agenda, &task, sim_soon(after_us / 2, after_us));
}

static void
on_look(void *context)
{
    (void)context;
    for (int i = 0; i < MEMBERS; i++)
        if (sim.members[i].node != NULL && !sim.members[i].dead)
            look_at(&sim.members[i]);
    look_again();
}

void
operator_start(void)
{
    task = (struct task){ .run = on_look, .idle = true };
    look_again();
}

bool
operator_is_done(void)
{
    int64_t ids[LETTERS];

    for (int i = 0; i < MEMBERS; i++)
        if (open_letters(&sim.members[i], ids) > 0 || has_parked(&sim.members[i]))
            return false;
    return true;
}
