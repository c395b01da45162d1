/* Calls outside: what a service has to post once a commit holds, and what it makes of the answers. calls.c makes them. */
#ifndef OUTSIDE_H
#define OUTSIDE_H

#include "http/poster.h"

#include <stdbool.h>
#include <stdint.h>

struct completion;
struct core;
struct db;
struct result;
struct service;

/* A post that stands in the service's database until a completion has ended it: at least once, always the same id. */
struct call {
    const char *id;             /* a UUID: the Idempotency-Key */
    const char *subject;        /* what it is about: in->subject of its completion */
    const char *kind;           /* which one about this subject */
    const char *traceparent;    /* NULL if there is none */
    const char *body;           /* JSON */
    int64_t tries;              /* whose outcome is stored */
};

struct outside_options {
    const char *url;            /* "": nothing is called */
    int timeout_ms;             /* of a call, from its start to its answer */
    int max_in_flight;
};

/* What an answer means. */
struct ending {
    const char *completion;     /* a row of the service's table */
    const char *data;           /* JSON, in->data of that completion; in db_scratch */
    bool given_up;              /* it is not tried again, though it failed: somebody should know */
};

/* What a service lists beside its tables. None of these knows HTTP. */
struct outside {
    const char *name;           /* "webhook" */
    struct outside_options (*options)(const void *settings);
    /* Hands over the calls that are due, longest due first, at most `limit`; they live only during `each`. */
    void (*due)(struct db *db, int64_t now_ms, int limit, void (*each)(void *context, const struct call *call),
                void *context);
    /* How many calls have not ended. */
    int64_t (*pending)(struct db *db);
    struct ending (*judge)(struct db *db, const struct call *call, const struct answer *answer);
};

/* Runs the completion that an answer calls for; durable with the commit of its turn. Its cause is "completion:NAME:ID", ID
 * being the call's, so that what is said because of it leads to what was called. ending->data is gone by then. */
struct result outside_answered(struct core *core, const struct call *call, const struct answer *answer, int64_t now_ms,
                               struct ending *ending);
/* The row of the service's table. */
const struct completion *outside_completion(const struct service *service, const char *name);

#endif
