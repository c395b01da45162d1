/* Requests that said `Prefer: wait`: held until what they ask for changes, or their time is up. */
#ifndef WAITERS_H
#define WAITERS_H

#include <stdbool.h>
#include <stdint.h>

struct exchange;
struct waiters;

enum { WAITERS_LIMIT = 500, WAIT_LIMIT_MS = 30000 };

struct waiters *waiters_new(void);
/* The exchanges stay the server's. */
void waiters_free(struct waiters *waiters);

/* Holds the exchange, which has a reply that can be sent, until about deadline_us (monotonic). false: too many wait. */
bool waiters_add(struct waiters *waiters, struct exchange *exchange, int64_t deadline_us);
int waiters_count(const struct waiters *waiters);

/* Those who wait for this subject (their request's param), linked by exchange->next; they wait no more. */
struct exchange *waiters_take(struct waiters *waiters, const char *subject);
/* Those whose time is up. */
struct exchange *waiters_take_late(struct waiters *waiters, int64_t now_us);

#endif
