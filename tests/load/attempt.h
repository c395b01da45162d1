/* A request that is made again until it has an answer: the service may be away, and come back. Whoever uses it sees to
 * it that the same bytes twice do no harm. */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "pool.h"

struct event_base;
struct uuid_source;

/* Shared by all attempts of a run. */
struct patience {
    struct event_base *base;
    const struct clock *clock;
    struct uuid_source *random;
    int64_t give_up_us;             /* since the first try */
    uint64_t retries;               /* counted here */
};

struct attempt {
    struct call call;
    struct patience *patience;
    struct pool *pool;
    struct event *again;
    int64_t give_up_at_us, backoff_us;
    bool maybe_done;                /* a try may have had its effect, though nobody said so */
    /* The answer; status 0 or 503: given up. */
    void (*on_done)(void *context, const struct answer *answer);
    void *context;
};

/* Once for each; then attempt_start as often as wanted, one at a time. */
void attempt_init(struct attempt *attempt, struct patience *patience,
                  void (*on_done)(void *context, const struct answer *answer), void *context);
void attempt_release(struct attempt *attempt);

/* The bytes must stay until on_done. */
void attempt_start(struct attempt *attempt, struct pool *pool, const char *bytes, size_t size);

/* A given-up answer's reason, for people. */
const char *attempt_problem(const struct answer *answer);

#endif
