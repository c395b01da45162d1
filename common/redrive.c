#include "redrive.h"

#include "base/memory.h"
#include "store/db.h"
#include "store/dead_letter.h"

static void
write_done(struct db *db, const void *id)
{
    dead_letter_close(db, *(const int64_t *)id, "DONE");
}

static void
write_try(struct db *db, const void *id)
{
    dead_letter_count_try(db, *(const int64_t *)id);
}

/* Why it cannot be offered to anybody; NULL if it can, then *in is the event. */
static const char *
obstacle(struct core *core, const struct kept_letter *letter, struct arena *arena, struct envelope *in)
{
    const char *why;

    if (!letter->open)
        return "it is not open any more";
    if (!letter->has_headers)
        return "it was kept by an earlier version, without its headers; discard it";
    why = record_read(&letter->record, arena, in);
    if (why != NULL)
        return arena_format(arena, "the record is no event of ours (%s); discard it", why);
    if (service_reaction(core->service, in->type) == NULL)
        return arena_format(arena, "%s does not react to its type any more; discard it", core->service->name);
    return NULL;
}

static struct redrive
judged(struct core *core, int64_t id, struct result result, struct arena *arena)
{
    switch (result.how) {
    case HANDLED:
        return (struct redrive){ REDRIVEN, arena_format(arena, "done: dead letter %lld was handled", (long long)id) };
    case HANDLED_BEFORE:
        return (struct redrive){ REDRIVEN_BEFORE,
                                 arena_format(arena, "nothing changed: what dead letter %lld asks for was done or "
                                              "compensated before; it is closed", (long long)id) };
    case LOST:
        return (struct redrive){ REDRIVE_LOST, "the database takes no writes now" };
    default:
        core_write(core, (struct also){ write_try, &id });
        return (struct redrive){ REDRIVE_FAILED, arena_format(arena, "dead letter %lld stays open: %s", (long long)id,
                                                              result.code) };
    }
}

struct redrive
redrive_letter(struct core *core, int64_t id, int64_t now_ms, struct arena *arena)
{
    struct kept_letter letter;
    struct envelope in;
    struct result result;
    const char *why;

    if (!dead_letter_load(core->db, id, &letter))
        return (struct redrive){ REDRIVE_UNKNOWN, arena_format(arena, "there is no dead letter %lld", (long long)id) };
    why = obstacle(core, &letter, arena, &in);
    if (why != NULL)
        return (struct redrive){ REDRIVE_IMPOSSIBLE,
                                 arena_format(arena, "dead letter %lld cannot be redriven: %s", (long long)id, why) };
    in.received_at = now_ms;
    result = core_redrive(core, &in, (struct also){ write_done, &id });
    db_point(core->db, POINT_REDRIVE_WRITTEN);
    return judged(core, id, result, arena);
}
