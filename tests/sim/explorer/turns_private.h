/* The inside of struct turns: turns.c keeps what was run, turns_run.c runs, turns_seen.c and turns_essence.c look at
 * what a database holds. */
#ifndef TURNS_PRIVATE_H
#define TURNS_PRIVATE_H

#include "turns.h"

#include "../../../common/base/memory.h"
#include "snapshots.h"

struct taken_turn {
    struct turn turn;
    struct turned turned;
};

struct service_of {
    struct actor actor;
    struct snapshots *snapshots;
    struct seen *seen;           /* by snapshot */
    int seen_count, seen_room;
    int first;
};

struct turns {
    struct logs *logs;
    enum mutant mutant;
    struct arena arena;          /* of what stays */
    struct service_of services[AUDITED];
    struct taken_turn *taken;    /* by hash; room is a power of two */
    bool *filled;
    size_t count, room;
    char order_id[UUID_TEXT];
};

/* Does it in the open process; the database holds what came of it. */
struct turned turns_run(struct turns *turns, struct actor *actor, const struct turn *turn);
/* The handlers of the tables, with what may go wrong in them. */
struct outcome turns_handle(struct db *db, const struct envelope *in);
/* What the database holds now. */
void turns_look(struct turns *turns, struct actor *actor, struct seen *seen);
/* The same for databases that say the same of the order, but for ids, times and positions. */
uint64_t turns_essence(struct actor *actor);
/* The post of this kind that is due: true, with its strings in the actor's arena. */
struct call;
bool turns_find_call(struct actor *actor, int kind, struct call *call);

#endif
