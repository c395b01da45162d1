/* Redrive: a dead letter is offered to its reaction again, here and now; nothing is published twice and nothing is given up. */
#ifndef REDRIVE_H
#define REDRIVE_H

#include "service.h"

enum redriven {
    REDRIVEN,                /* handled: it is DONE */
    REDRIVEN_BEFORE,         /* its effect is there, or it was compensated: nothing changed, and it is DONE */
    REDRIVE_FAILED,          /* undone: it stays OPEN, with one more try */
    REDRIVE_IMPOSSIBLE,      /* not of this kind: nothing was tried */
    REDRIVE_UNKNOWN,         /* there is no such dead letter */
    REDRIVE_LOST             /* the database failed: the turn will be undone */
};

struct redrive {
    enum redriven how;
    const char *text;        /* what to tell whoever asked, in the arena */
};

/* Into the open turn: what it does, DEAD becoming DONE in processed_event, and the letter's state are one savepoint. */
struct redrive redrive_letter(struct core *core, int64_t dead_letter_id, int64_t now_ms, struct arena *arena);

#endif
