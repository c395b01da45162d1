/* A request of a customer on its way to a service, and the answer on its way back: HTTP as the customer sees it. */
#ifndef ASK_H
#define ASK_H

#include "agenda.h"

#include <stdbool.h>
#include <stddef.h>

struct ask;
struct exchange;
struct reply;

/* What is asked. Strings live as long as the run. */
struct question {
    int member;                  /* enum audited */
    const char *method, *path, *body, *key;     /* body and key may be NULL */
    int64_t wait_ms;             /* Prefer: wait */
    const char *query;           /* without '?'; NULL if there is none */
    bool operators;              /* to the socket in the data folder */
};

/* status 0: no answer came in time, or the connection broke: nobody knows whether it was done. */
struct response {
    int status;
    const char *body, *location; /* "" if there is none; live as long as the run */
};

/* Sends it; on_answer is called once, later. */
void ask_send(const struct question *question, void (*on_answer)(void *context, const struct response *answer),
               void *context);

/* For the server: what was asked, and what becomes of it. reply NULL: the connection broke. */
const struct question *ask_question(const struct ask *ask);
void ask_answer(struct ask *ask, const struct reply *reply);

/* server.c: the service takes the ask, or answers false if it does not listen. */
struct member;
bool server_take(struct member *member, struct ask *ask);

#endif
