/* A member's database as a file: opened by each start as the program does it, closed by each clean stop. */
#include "../sim/member.h"

#include "../../common/own_database.h"
#include "../../common/store/db_private.h"
#include "../sim/sim.h"
#include "ending.h"
#include "manners.h"
#include "mistakes.h"

#include <stdlib.h>

struct sqlite3 *
member_sqlite(const struct member *member)
{
    return member->db->sqlite;
}

/* The first start makes it. */
void
member_open_database(struct member *member)
{
    (void)member;
}

bool
member_take_database(struct member *member)
{
    char *error = NULL;

    member->db = own_database_open(&member->service, &member->settings.common, NULL, &member->log, &error);
    if (member->db != NULL && !member->dead) {
        mistake_at_start(member->db->sqlite);
        return true;
    }
    if (!member->dead)
        manners_not_started(member, error);
    db_close(member->db);
    member->db = NULL;
    free(error);
    member_start_later(member);
    return false;
}

void
member_leave_database(struct member *member)
{
    manners_at_the_end(member);
    if (member->dead || own_database_close(member->db) != 0) {
        manners_unclean_end(member);
        db_close(member->db);            /* its files are nobody's */
    }
    member->db = NULL;
}

/* Nothing is old enough. */
void
member_restore_pruned(struct member *member)
{
    (void)member;
}

/* This disk is full by its VFS. */
void
member_fill_disk(struct member *member, bool full)
{
    (void)member, (void)full;
}
