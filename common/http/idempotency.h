/* Idempotency-Key: the same key and the same JSON get the stored answer. */
#ifndef IDEMPOTENCY_H
#define IDEMPOTENCY_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct reply;
struct request;

/* A key belongs to a method, a path and a customer: owner is the field of the body that names the customer ("customer_id"),
 * NULL if the path says who it is. true: *reply is the stored answer (its strings in the request's arena), or a problem
 * because the key was used with another body. */
bool idempotency_find(struct db *db, const struct request *request, const char *owner, struct reply *reply);
/* Keeps a 2xx reply, in the transaction of its effect. */
void idempotency_store(struct db *db, const struct request *request, const char *owner, const struct reply *reply);

/* Retention, as outbox.h has it. */
int64_t idempotency_oldest(struct db *db);
int idempotency_prune(struct db *db, int64_t before, int limit);

#endif
