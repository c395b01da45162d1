/* What operators decided: who, when, why, and what came of it; written in the transaction of the change. */
#ifndef OPERATION_H
#define OPERATION_H

#include <stdbool.h>
#include <stdint.h>

struct db;

struct operation {
    int64_t at;              /* ms since 1970 */
    const char *who;         /* "alice (uid 1000)" */
    const char *what;        /* "dead-letters redrive 7" */
    const char *why;         /* "" if nothing was said */
    const char *outcome;     /* "done: …", or why it was not */
};

void operation_add(struct db *db, const struct operation *operation);
/* The last ones, newest first; the strings live during the call. */
void operations_read(struct db *db, int limit, void (*each)(void *context, const struct operation *operation),
                     void *context);

#endif
