#include "attempt.h"

#include "../../common/base/clock.h"
#include "../../common/base/uuid.h"

#include <event2/event.h>

enum { FIRST_BACKOFF_US = 20000, LAST_BACKOFF_US = 1000000, ANSWER_WITHIN_US = 10000000 };

static void
try(struct attempt *attempt)
{
    pool_call(attempt->pool, &attempt->call);
}

static void
on_again(evutil_socket_t fd, short what, void *attempt_)
{
    struct attempt *attempt = attempt_;

    (void)fd, (void)what;
    attempt->patience->retries++;
    try(attempt);
}

/* Between half the back-off and all of it, so that those who failed together do not come back together. */
static void
try_later(struct attempt *attempt)
{
    int64_t half = attempt->backoff_us / 2;
    int64_t wait = half + (int64_t)(uuid_source_next(attempt->patience->random) % (uint64_t)half);
    struct timeval delay = { .tv_sec = wait / 1000000, .tv_usec = wait % 1000000 };

    attempt->backoff_us *= 2;
    if (attempt->backoff_us > LAST_BACKOFF_US)
        attempt->backoff_us = LAST_BACKOFF_US;
    event_add(attempt->again, &delay);
}

static void
on_answer(void *attempt_, const struct answer *answer)
{
    struct attempt *attempt = attempt_;
    bool definite = answer->status != 0 && answer->status != 503;

    if (!definite && (answer->status == 503 || answer->sent))
        attempt->maybe_done = true;
    if (definite || clock_monotonic_us(attempt->patience->clock) > attempt->give_up_at_us)
        attempt->on_done(attempt->context, answer);
    else
        try_later(attempt);
}

void
attempt_init(struct attempt *attempt, struct patience *patience,
             void (*on_done)(void *context, const struct answer *answer), void *context)
{
    *attempt = (struct attempt){ .patience = patience, .on_done = on_done, .context = context };
    attempt->call.on_answer = on_answer;
    attempt->call.context = attempt;
    attempt->again = event_new(patience->base, -1, 0, on_again, attempt);
}

void
attempt_release(struct attempt *attempt)
{
    event_free(attempt->again);
}

void
attempt_start(struct attempt *attempt, struct pool *pool, const char *bytes, size_t size)
{
    attempt->pool = pool;
    attempt->call.bytes = bytes;
    attempt->call.size = size;
    attempt->call.timeout_us = ANSWER_WITHIN_US;
    attempt->give_up_at_us = clock_monotonic_us(attempt->patience->clock) + attempt->patience->give_up_us;
    attempt->backoff_us = FIRST_BACKOFF_US;
    attempt->maybe_done = false;
    try(attempt);
}

const char *
attempt_problem(const struct answer *answer)
{
    return answer->status == 503 ? "503 Service Unavailable" : answer->problem;
}
