/* A request that was read whole and checked, and the reply to it: all that a route's handler sees of HTTP. */
#ifndef REQUEST_H
#define REQUEST_H

#include "../base/envelope.h"

#include <stdbool.h>

struct arena;

struct request {
    struct envelope in;          /* the cause: id "request:UUID", received_at, traceparent, data = the body (or NULL) */
    const char *method;          /* "GET" (also for HEAD), "POST", "PUT", …; "UNKNOWN" if evhttp knows it not */
    const char *path;            /* percent-decoded, without the query; starts with '/' */
    const char *param;           /* what stands for the {…} of the route's path; NULL if it has none */
    const char *query;           /* as sent, without '?'; NULL if there is none */
    const char *idempotency_key; /* the header's value; NULL if there is none */
    const char *last_event_id;   /* where a stream of events goes on, as the client says; NULL if it does not */
    int64_t wait_ms;             /* Prefer: wait=N (RFC 7240), 0 if absent or malformed */
    struct arena *arena;         /* lives until the reply has been handed over */
};

struct reply {
    int status;
    const char *content_type;    /* NULL: application/json, or application/problem+json from 400 on */
    const char *body;            /* NUL-terminated unless size says otherwise; NULL: none */
    size_t size;                 /* 0: the length of body as text */
    const char *location;        /* Location header, NULL: none */
    const char *allow;           /* Allow header of a 405, NULL: none */
    int retry_after_s;           /* Retry-After header, 0: none */
    bool unsettled;              /* the answer is about to change: held back when the client said Prefer: wait */
    bool replayed;               /* a stored answer: says so in the header Idempotency-Replayed */
    bool close;                  /* close the connection after it */
};

/* The value of a query parameter, percent-decoded ('+' is a blank), in the request's arena; "" if it has none, NULL if
 * the parameter is absent or malformed. The first one counts. */
const char *request_query(const struct request *request, const char *name);

#endif
