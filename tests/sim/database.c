/* A member's database: it outlives the process, refuses to commit, runs out of disk. */
#include "member.h"

#include "../../common/store/db_private.h"
#include "../../common/store/meta.h"
#include "diary.h"
#include "sim.h"

#include <stdlib.h>

enum { SOME_PAGES = 2 };

struct sqlite3 *
member_sqlite(const struct member *member)
{
    return member->db->sqlite;
}

/* A dead process commits nothing; and one that lives may be refused. */
static int
on_commit(void *context)
{
    struct member *member = context;

    member_crash_point(member, "before its COMMIT");
    if (member->dead)
        return 1;
    if (!sim_strikes(MISHAP_COMMIT))
        return 0;
    sim_trace(member->name, "its COMMIT fails");
    diary_note(diary_column(member), '!', NULL, "its COMMIT fails");
    return 1;
}

/* Rows that are moved to outbox_parked, or from there to the end of the outbox, are in two places then; pruned ones in
 * none but this. */
static void
keep_pruned(struct member *member)
{
    static const char sql[] =
        "CREATE TEMP TABLE pruned AS SELECT * FROM outbox;"
        "CREATE TEMP TRIGGER keep_pruned AFTER DELETE ON main.outbox"
        " BEGIN INSERT INTO pruned VALUES (old.seq, old.event_id, old.type, old.subject, old.partition, old.sequence,"
        " old.causation, old.traceparent, old.said_at, old.data, old.packed); END";

    if (db_script(member->db, sql) != 0)
        abort();
}

void
member_restore_pruned(struct member *member)
{
    static const char sql[] =
        "INSERT INTO outbox SELECT * FROM pruned WHERE event_id NOT IN (SELECT event_id FROM outbox)"
        "   AND event_id NOT IN (SELECT event_id FROM outbox_parked)"
        "   AND seq IN (SELECT max(seq) FROM pruned GROUP BY event_id);"        /* it may have been parked in between */
        "UPDATE relay_cursor SET seq = max(seq, (SELECT coalesce(max(seq), 0) FROM outbox))";   /* all of it was sent */

    if (db_script(member->db, sql) != 0)
        abort();
}

bool
member_take_database(struct member *member)
{
    const struct meta meta = { member->name, sim.plan.shard.index, sim.plan.shard.count, sim.plan.partitions, "" };
    char *error = NULL;

    if (meta_open(member->db, &meta, member->service.schema, &error) == 0)
        return true;
    fprintf(stderr, "%s: %s\n", member->name, error);
    abort();
}

/* What was not committed was never there. */
void
member_leave_database(struct member *member)
{
    db_end_cause(member->db);
    db_rollback(member->db);
    db_forget_failure(member->db);
}

void
member_open_database(struct member *member)
{
    char *error = NULL;

    member->db = db_open(":memory:", &member->log, &error);
    if (member->db == NULL) {
        fprintf(stderr, "%s: %s\n", member->name, error);
        abort();
    }
    member_take_database(member);
    keep_pruned(member);
    sqlite3_exec(member->db->sqlite, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    sqlite3_commit_hook(member->db->sqlite, on_commit, member);
}

void
member_fill_disk(struct member *member, bool full)
{
    int64_t pages = 1000000000;
    char sql[60];

    member->disk_is_full = full;
    if (full)
        pages = db_number(member->db, "PRAGMA page_count", NULL, 0) + chance_between(&sim.chance, 0, SOME_PAGES);
    snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %lld", (long long)pages);
    sqlite3_exec(member->db->sqlite, sql, NULL, NULL, NULL);
    sim_trace(member->name, full ? "its disk is full" : "its disk has room again");
    diary_note(diary_column(member), full ? '!' : '*', NULL, full ? "its disk is full" : "its disk has room again");
}
