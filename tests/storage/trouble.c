#include "trouble.h"

#include "../sim/sim.h"
#include "ending.h"

#include <sqlite3.h>
#include <string.h>

const struct trouble_kind trouble_kinds[] = {
    { "read", "a read fails", CALL_READ, .code = SQLITE_IOERR_READ },
    { "corrupt", "a read finds nonsense", CALL_READ, .code = SQLITE_CORRUPT },
    { "write", "a write fails in the middle", CALL_WRITE, .code = SQLITE_IOERR_WRITE },
    { "full", "the disk is full", CALL_WRITE, .code = SQLITE_FULL, .passes = true },
    { "sync", "a sync fails, and what it was for is never durable", CALL_SYNC, .code = SQLITE_IOERR_FSYNC },
    { "truncate", "a truncation fails", CALL_TRUNCATE, .code = SQLITE_IOERR_TRUNCATE },
    { "size", "the size of a file cannot be asked for", CALL_SIZE, .code = SQLITE_IOERR_FSTAT },
    { "open", "a file cannot be opened", CALL_OPEN, .code = SQLITE_CANTOPEN },
    { "delete", "a file cannot be deleted", CALL_DELETE, .code = SQLITE_IOERR_DELETE },
    { "map", "the index of the write-ahead log cannot be mapped", CALL_MAP, .code = SQLITE_IOERR_SHMMAP },
    { "busy", "somebody else has the lock", CALL_LOCK, .code = SQLITE_BUSY, .passes = true },
    { "malloc", "SQLite gets no memory", CALL_MALLOC, .code = SQLITE_NOMEM },
    { "killed", "the process dies at a change", CALL_CHANGE, .deadly = true, .unsynced = UNSYNCED_KEPT },
    { "power", "the machine dies at a change: all that is unsynced is lost", CALL_CHANGE, .deadly = true,
      .unsynced = UNSYNCED_LOST },
    { "torn-1", "the same, but some of it is there, and some is nonsense", CALL_CHANGE, .deadly = true,
      .unsynced = UNSYNCED_TORN, .chance = 1 },
    { "torn-2", "otherwise", CALL_CHANGE, .deadly = true, .unsynced = UNSYNCED_TORN, .chance = 2 },
    { "torn-3", "otherwise again", CALL_CHANGE, .deadly = true, .unsynced = UNSYNCED_TORN, .chance = 3 },
    { .name = NULL }
};

static struct {
    struct trouble trouble;
    struct member *whose;        /* disk it is, once it has begun */
    struct chance chance;        /* what is left of unsynced changes */
} now;

const char *
call_name(enum call call)
{
    static const char *const names[CALLS] = { "read", "write", "sync", "truncate", "size", "open", "delete", "map",
                                              "lock", "malloc", "change" };

    return names[call];
}

const struct trouble_kind *
trouble_parse(const char *name)
{
    const struct trouble_kind *kind = trouble_kinds;

    while (kind->name != NULL && strcmp(kind->name, name) != 0)
        kind++;
    return kind->name == NULL ? NULL : kind;
}

void
trouble_begin(const struct trouble *trouble)
{
    now.trouble = *trouble;
    now.whose = NULL;
    chance_init(&now.chance, trouble->kind == NULL ? 0 : trouble->kind->chance, INT64_MAX);
}

/* What a dead process still does on its way out of its step reaches nothing. */
static bool
somebody_dies(void)
{
    for (int i = 0; i < MEMBERS; i++)
        if (sim.members[i].dead && sim.members[i].node != NULL)
            return true;
    return false;
}

static bool
strikes(enum call call, int64_t number, const struct member *member)
{
    const struct trouble *trouble = &now.trouble;

    if (trouble->kind == NULL || trouble->kind->call != call)
        return false;
    return number == trouble->at || (trouble->for_good && number > trouble->at && member == now.whose);
}

int
trouble_with(enum call call, struct member *member)
{
    if (sim.healed || somebody_dies() || !strikes(call, ++ending.calls[call], member))
        return SQLITE_OK;
    now.whose = member;
    if (ending.hits++ == 0)
        sim_trace(member == NULL ? "memory" : member->name, "%s: %s %lld", now.trouble.kind->what, call_name(call),
                  (long long)now.trouble.at);
    return now.trouble.kind->deadly ? SQLITE_ABORT : now.trouble.kind->code;
}

bool
trouble_is_damage(void)
{
    return now.trouble.kind != NULL && now.trouble.kind->code == SQLITE_CORRUPT;
}

void
trouble_after_change(struct member *member)
{
    if (trouble_with(CALL_CHANGE, member) != SQLITE_OK)
        trouble_death(member, now.trouble.kind->what, now.trouble.kind->unsynced);
}

static void
die(struct member *member, const char *why, enum unsynced unsynced)
{
    char path[200];

    member_kill(member, why);
    snprintf(path, sizeof(path), "%s/%s.db", member->settings.common.data_dir, member->name);
    disk_leave(path, unsynced, &now.chance);
}

void
trouble_death(struct member *member, const char *why, enum unsynced unsynced)
{
    ending.deaths += !sim.healed;
    die(member, why, unsynced);
}

void
trouble_exit(struct member *member)
{
    die(member, "by itself", UNSYNCED_KEPT);
}
