/* Errors for clients: RFC 9457 problem details, application/problem+json. */
#ifndef PROBLEM_H
#define PROBLEM_H

#include "request.h"

/* Each has a type URI "/problems/NAME", a status and a title in one table of problem.c. */
enum problem {
    PROBLEM_MALFORMED_REQUEST,        /* 400 what is wrong with the request line, a header or the framing */
    PROBLEM_MALFORMED_JSON,           /* 400 the body is not a JSON object in UTF-8 */
    PROBLEM_INVALID_FIELD,            /* 422 a field is missing, of the wrong type or out of range; "field" names it */
    PROBLEM_KEY_REQUIRED,             /* 400 this request needs an Idempotency-Key */
    PROBLEM_KEY_REUSED,               /* 422 the Idempotency-Key was used with another body */
    PROBLEM_UNAUTHORIZED,             /* 401 without the token of HTTP_TOKEN_FILE */
    PROBLEM_NOT_FOUND,                /* 404 */
    PROBLEM_METHOD_NOT_ALLOWED,       /* 405 */
    PROBLEM_REQUEST_TIMEOUT,          /* 408 */
    PROBLEM_CONFLICT,                 /* 409 the state does not allow it */
    PROBLEM_BODY_TOO_LARGE,           /* 413 */
    PROBLEM_UNSUPPORTED_MEDIA_TYPE,   /* 415 */
    PROBLEM_MISDIRECTED,              /* 421 another shard has the customer or the order */
    PROBLEM_UNAVAILABLE,              /* 503 nothing was written, or it is unknown; the same key again is safe */
    PROBLEMS
};

/* A problem reply; field (a JSON path such as items[0].quantity) and detail may be NULL and are escaped.
 * The body lives in the arena. */
struct reply problem_reply(struct arena *arena, enum problem problem, const char *field, const char *detail);

/* PROBLEM_MISDIRECTED, with the members "shard", which is the right one, and "shards": how many there are. */
struct reply problem_misdirected(struct arena *arena, int shard, int shards);

/* "/problems/NAME", for documents and tests. */
const char *problem_type(enum problem problem);
int problem_status(enum problem problem);
const char *problem_title(enum problem problem);

#endif
