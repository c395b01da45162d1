/* The service's end of `ctl`: requests on the Unix socket in the data folder. Finds the command, checks what it was given,
 * has it answered in text, and keeps what was decided, by whom and why, in the transaction of the change. */
#ifndef ADMIN_H
#define ADMIN_H

#include "arguments.h"

struct exchange;

/* A command being answered. */
struct asked {
    struct node *node;
    struct exchange *exchange;
    const struct arguments *arguments;
    struct arena *arena;                /* of the reply */
    int64_t now_ms;
    const char *who, *why;              /* "alice (uid 1000)"; "" if no reason was given */
    /* Set by who answers, for what cannot be undone: runs when the change is durable, not at all if it failed. */
    void (*then)(struct node *node, const struct asked *asked);
};

/* A decision whose answer takes time; in the arena of the request. */
struct later {
    struct asked asked;
    struct arguments arguments;
};

/* server_handler of the operators' socket; the context is struct node. */
void admin_on_request(void *node, struct exchange *exchange);

/* 200 with this text, in the arena of the request. A decision's begins with "done: " or "nothing changed: ". */
struct reply admin_say(const char *text);
/* A refusal: 400 wrong use, 404 there is none, 409 the state does not allow it, 503 not now. Before anything is written. */
struct reply admin_refuse(const struct asked *asked, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For a decision that answers later: keeps what was asked. The handler's reply has status 0 then, and admin_conclude follows,
 * once, while no turn is open. */
struct later *admin_later(const struct asked *asked);
void admin_conclude(struct later *later, struct reply reply);

#endif
