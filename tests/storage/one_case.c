#include "one_case.h"

#include "../../common/store/db.h"
#include "../sim/run.h"
#include "../sim/sim.h"
#include "../sim/verdict.h"
#include "ending.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

enum { ORDERS_PLACED = 14, GAP_US = 60000, TAIL_US = 3500000, FIRST_STOP_US = 2300000, NEXT_STOP_US = 300000 };

/* Nothing goes wrong but the storage. */
static struct plan
plan_of(int64_t seed)
{
    return (struct plan){
        .seed = seed,
        .orders = ORDERS_PLACED,
        .customers = 3,
        .partitions = 2,
        .shard = { 0, 1, 2 },
        .gap_us = GAP_US,
        .tail_us = TAIL_US,
        .pay_within_s = 900,
        .retention_s = 86400,
        .max_attempts = 3,
        .webhook = seed % 2 == 1,
        .limits = no_limits,
    };
}

/* ---- clean stops, a while after the last order: checkpoints have been made in between ---- */

static struct task stops[MEMBERS];

static void
stop(void *context)
{
    member_stop(context);
}

static void
plan_stops(void)
{
    for (int i = 0; i < MEMBERS; i++) {
        stops[i] = (struct task){ .run = stop, .context = &sim.members[i] };
        agenda_put(&sim.agenda, &stops[i], sim_now_us() + FIRST_STOP_US + i * NEXT_STOP_US);
    }
}

/* ---- the end ---- */

/* What customers were told is durable. */
static void
cut_power(void)
{
    for (int i = 0; i < MEMBERS; i++) {
        trouble_death(&sim.members[i], "at the end: the power goes", UNSYNCED_LOST);
        member_settle(&sim.members[i]);
    }
}

static void
check_files(void)
{
    static const char integrity[] = "PRAGMA integrity_check", foreign[] = "SELECT count(*) FROM pragma_foreign_key_check";

    for (int i = 0; i < MEMBERS; i++) {
        struct db *db = sim.members[i].db;
        const char *found = db_text(db, integrity, NULL);

        if (found == NULL || strcmp(found, "ok") != 0)
            sim_complain(NULL, "%s: integrity_check: %s", sim.members[i].name, found == NULL ? "nothing" : found);
        if (db_number(db, foreign, NULL, 1) != 0)
            sim_complain(NULL, "%s: a foreign key points to nothing", sim.members[i].name);
        db_end_cause(db);
    }
}

static void
judge(const struct trouble *trouble)
{
    verdict();
    check_files();
    for (int i = 0; i < MEMBERS; i++)
        sim.tally.dead_letters += (int64_t)intake_stats(sim.members[i].node->intake)->dead_letters;
    if (sim.tally.dead_letters > 0)
        sim_complain(NULL, "%" PRId64 " dead letters", sim.tally.dead_letters);
    if (trouble->kind != NULL && trouble->kind->passes && ending.exits > 0)
        sim_complain(NULL, "a service has ended itself for what passes: %s", ending.message);
}

void
one_case_run(const struct one_case *it, FILE *trace, FILE *out)
{
    struct plan plan = plan_of(it->seed);

    memset(&ending, 0, sizeof(ending));
    mistake_make(it->mistake);
    trouble_begin(&it->trouble);
    run_begin(&plan, it->mistake == REPLY_FIRST ? MUTANT_REPLY_FIRST : MUTANT_NONE, trace, out);
    plan_stops();
    run_through();
    run_heal();
    if (run_to_rest()) {
        cut_power();
        if (run_to_rest())
            judge(&it->trouble);
    }
    ending.orders = sim.tally.orders;
    ending.violations = sim.tally.violations;
    ending.whole = true;
}

void
one_case_print(const struct one_case *it, FILE *out)
{
    fprintf(out, "build/storage --one --seed %" PRId64, it->seed);
    if (it->trouble.kind != NULL)
        fprintf(out, " --fault %s --at %" PRId64 "%s", it->trouble.kind->name, it->trouble.at,
                it->trouble.for_good ? " --for-good" : "");
    if (it->mistake != NO_MISTAKE)
        fprintf(out, " --mistake %s", mistake_name(it->mistake));
    fprintf(out, " --trace -\n");
}
