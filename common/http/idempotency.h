/* Idempotency-Key: the same key and the same JSON get the stored answer. */
#ifndef IDEMPOTENCY_H
#define IDEMPOTENCY_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct db;
struct reply;
struct request;

/* What makes a request the same as another one; in db_scratch. */
struct idempotency {
    const char *key;
    const char *scope;       /* method, path and customer */
    const char *request;     /* the body */
};

/* Of a request that carries a key. owner is the field of the body that names the customer ("customer_id"), NULL if the path
 * says who it is. */
struct idempotency idempotency_of(struct db *db, const struct request *request, const char *owner);
/* true: *reply is the stored answer (its strings in the arena), or a problem because the key was used with another body. */
bool idempotency_find(struct db *db, const struct idempotency *idempotency, struct arena *arena, struct reply *reply);
/* Keeps a 2xx reply, in the transaction of its effect. */
void idempotency_store(struct db *db, const struct idempotency *idempotency, const struct reply *reply, int64_t now_ms);

/* Retention, as outbox.h has it. */
int64_t idempotency_oldest(struct db *db);
int idempotency_prune(struct db *db, int64_t before, int limit);

#endif
