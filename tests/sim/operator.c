#include "operator.h"

#include "../../common/store/db.h"
#include "../../common/store/parked.h"
#include "ask.h"
#include "sim.h"

enum { LOOKS_AFTER_US = 20000000, HEALED_LOOKS_AFTER_US = 1000000, LETTERS = 64, TRIES = 3, TRIES_IN_THE_END = 60 };

static struct task task;

/* ---- commands ---- */

static void
on_answer(void *context, const struct response *answer)
{
    if (answer->status == 200)
        sim.tally.decided++;
    sim_trace("operator", "%s: %d %.100s", (const char *)context, answer->status, answer->body);
}

static void
decide(const struct member *member, const char *path, const char *query)
{
    struct question question = { .member = (int)(member - sim.members), .method = "POST", .path = path,
                                 .query = query, .operators = true };

    ask_send(&question, on_answer, arena_format(&sim.arena, "%s %s?%s", member->name, path, query));
}

static void
resume(const struct member *member)
{
    struct partition_state state;

    for (int i = 0; consumer_partition(member->node->consumer, i, &state); i++)
        if (state.stopped != NULL)
            decide(member, "/consumer/resume", arena_format(&sim.arena, "topic=%s&partition=%d", topic_name(state.topic),
                                                            state.partition));
}

static void
retry_parked(struct member *member)
{
    static const char sql[] = "SELECT seq FROM outbox_parked WHERE state = 'PARKED' ORDER BY seq LIMIT 1";
    int64_t seq = db_number(member->db, sql, NULL, 0);

    if (seq != 0)
        decide(member, "/outbox/retry", arena_format(&sim.arena, "seq=%lld", (long long)seq));
}

/* Those that were not tried in vain too often: what fails after the healing fails for ever. */
static int
open_letters(struct member *member, int64_t ids[LETTERS])
{
    static const char sql[] =
        "SELECT dead_letter_id FROM dead_letter WHERE state = 'OPEN' AND tries < :tries ORDER BY 1 LIMIT :limit";
    int tries = sim.healed ? TRIES_IN_THE_END : TRIES;
    struct rows *rows = db_select(member->db, sql, FIELDS(INT("tries", tries), INT("limit", LETTERS)));
    int count = 0;

    while (rows_next(rows))
        ids[count++] = rows_int(rows, 0);
    return count;
}

static void
redrive(struct member *member)
{
    int64_t ids[LETTERS];
    int count = open_letters(member, ids);

    for (int i = 0; i < count; i++)
        if (sim.healed || chance_one_in(&sim.chance, 4))
            decide(member, "/dead-letters/redrive", arena_format(&sim.arena, "id=%lld", (long long)ids[i]));
}

/* ---- looking ---- */

static void on_look(void *context);

static void
look_again(void)
{
    int64_t after_us = sim.healed ? HEALED_LOOKS_AFTER_US : LOOKS_AFTER_US;

    agenda_put(&sim.agenda, &task, sim_soon(after_us / 2, after_us));
}

/* While nobody answers there is no use in asking more. */
static void
on_look(void *context)
{
    (void)context;
    for (int i = 0; i < MEMBERS; i++) {
        struct member *member = &sim.members[i];

        if (member->node == NULL)
            continue;
        redrive(member);
        retry_parked(member);
        resume(member);
    }
    look_again();
}

void
operator_start(void)
{
    task = (struct task){ .run = on_look, .idle = true };
    look_again();
}

void
operator_meddle(void)
{
    static const enum topic topics[] = { ORDERS, PAYMENTS, NOTIFICATIONS };
    struct member *member = &sim.members[chance_below(&sim.chance, MEMBERS)];
    const char *topic = topic_name(topics[chance_below(&sim.chance, 3)]);
    int partition = (int)chance_below(&sim.chance, sim.plan.partitions);
    int64_t from = chance_between(&sim.chance, 1, 2 * sim.plan.orders);

    if (!shard_owns(&sim.plan.shard, partition))
        partition = shard_next_partition(&sim.plan.shard, partition);
    if (chance_one_in(&sim.chance, 2))
        decide(member, "/outbox/republish", arena_format(&sim.arena, "from=%lld&to=%lld", (long long)from,
                                                         (long long)from + 5));
    else
        decide(member, "/consumer/pause", arena_format(&sim.arena, "topic=%s&partition=%d", topic, partition));
}

bool
operator_is_done(void)
{
    int64_t ids[LETTERS];

    for (int i = 0; i < MEMBERS; i++)
        if (open_letters(&sim.members[i], ids) > 0 || parked_count_state(sim.members[i].db, "PARKED") > 0)
            return false;
    return true;
}
