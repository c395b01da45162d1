/* What goes wrong with the storage: one kind of call fails at its N-th time, once or from then on; or a service or its
 * machine dies in the midst of a change. */
#ifndef TROUBLE_H
#define TROUBLE_H

#include "disk.h"

struct member;

enum call {
    CALL_READ,
    CALL_WRITE,
    CALL_SYNC,
    CALL_TRUNCATE,
    CALL_SIZE,
    CALL_OPEN,
    CALL_DELETE,
    CALL_MAP,                    /* of the write-ahead log's index */
    CALL_LOCK,                   /* of what only a writer or a checkpoint needs */
    CALL_MALLOC,                 /* SQLite's */
    CALL_CHANGE,                 /* writes, syncs, truncations, deletions */
    CALLS
};

struct trouble_kind {
    const char *name, *what;
    enum call call;
    int code;                    /* that SQLite gets */
    bool passes;                 /* the service must live through it: nothing is broken */
    bool deadly;                 /* not the call fails, but who calls dies; unsynced, chance: what is left of its files */
    enum unsynced unsynced;
    uint64_t chance;
};
/* Ends with a name NULL. */
extern const struct trouble_kind trouble_kinds[];

struct trouble {
    const struct trouble_kind *kind;     /* NULL: nothing goes wrong, all is counted */
    int64_t at;                          /* from 1 */
    bool for_good;                       /* until the world heals, and for that service's disk only */
};

const char *call_name(enum call call);
/* NULL for a name that is none. */
const struct trouble_kind *trouble_parse(const char *name);

void trouble_begin(const struct trouble *trouble);
/* Whether this call fails: SQLITE_OK, or the code of the failure. member: whose storage it is; NULL: everybody's. Nothing
 * fails, and nothing is counted, of one that is dead, and after the world has healed. */
int trouble_with(enum call call, struct member *member);
/* What goes wrong is what a damaged file shows. */
bool trouble_is_damage(void);
/* Right after a change of its files: it may die here. */
void trouble_after_change(struct member *member);
/* The end of a process that was made to end, or of its machine's power. */
void trouble_death(struct member *member, const char *why, enum unsynced unsynced);
/* It has ended itself. */
void trouble_exit(struct member *member);

#endif
