/* Group commit: what one turn of the loop brings is done under one BEGIN, each cause under its own savepoint, and made
 * durable by one COMMIT. Decides when that COMMIT is due; who owns a loop obeys. */
#ifndef GROUP_COMMIT_H
#define GROUP_COMMIT_H

#include "../base/histogram.h"

#include <stdbool.h>

struct clock;
struct db;
struct group_commit;

enum { GROUP_LIMIT = 256, GROUP_LISTENERS = 12 };    /* larger groups only stall the loop */

/* Whoever holds something until the turn is durable. Called in the order they were added. */
struct group_listener {
    void (*before)(void *context);                  /* write what goes with every commit; may be NULL */
    void (*after)(void *context, bool committed);   /* committed: go on; else: nothing of the turn happened */
    void *context;
};

struct group_stats {
    struct histogram size;         /* causes in a commit */
    struct histogram commit_us;    /* duration of COMMIT */
    uint64_t commits, failures;
};

struct group_commit *group_new(struct db *db, const struct clock *clock);
void group_free(struct group_commit *group);
void group_listen(struct group_commit *group, struct group_listener listener);

/* Opens the turn if none is open. A BEGIN that fails makes a turn that is lost from the start: db_failure tells. */
void group_begin(struct group_commit *group);
/* Between these two one cause does its work; keep=false, or a failure of the database, undoes it. */
void group_cause_begin(struct group_commit *group);
void group_cause_end(struct group_commit *group, bool keep);

bool group_is_open(const struct group_commit *group);
/* Causes in the open turn. */
int group_size(const struct group_commit *group);
/* The last turn was undone: the database takes no writes for now. */
bool group_is_failing(const struct group_commit *group);
/* When the turn has to be committed, in monotonic microseconds: 0 means now, because it is full or late. */
int64_t group_due_us(const struct group_commit *group);
/* When it may be committed if nothing else is to be done: commits are paced under load only. */
int64_t group_idle_us(const struct group_commit *group);

/* COMMIT, then the listeners. false: everything was undone. An outcome that cannot be known leaves db_failure at
 * DB_BROKEN, upon which the process must end. Without an open turn it does nothing and answers true. */
bool group_commit(struct group_commit *group);
/* Undoes the open turn after a failure of the database, and tells the listeners. */
void group_abort(struct group_commit *group);

const struct group_stats *group_stats(const struct group_commit *group);

#endif
