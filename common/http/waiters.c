#include "waiters.h"

#include "../base/memory.h"
#include "../base/murmur2.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 512 };

struct waiter {
    struct exchange *exchange;
    int64_t deadline_us;
    struct waiter *next;
};

struct waiters {
    struct waiter *buckets[BUCKETS];    /* by hash of the subject */
    int count;
};

struct waiters *
waiters_new(void)
{
    return memory_new(1, sizeof(struct waiters));
}

void
waiters_free(struct waiters *waiters)
{
    if (waiters == NULL)
        return;
    waiters_take_late(waiters, INT64_MAX);
    free(waiters);
}

int
waiters_count(const struct waiters *waiters)
{
    return waiters->count;
}

static struct waiter **
bucket_of(struct waiters *waiters, const char *subject)
{
    return &waiters->buckets[murmur2(subject, strlen(subject)) % BUCKETS];
}

bool
waiters_add(struct waiters *waiters, struct exchange *exchange, int64_t deadline_us)
{
    struct waiter **bucket, *waiter;

    if (waiters->count >= WAITERS_LIMIT || exchange->request.param == NULL)
        return false;
    bucket = bucket_of(waiters, exchange->request.param);
    waiter = memory_new(1, sizeof(*waiter));
    *waiter = (struct waiter){ exchange, deadline_us, *bucket };
    *bucket = waiter;
    waiters->count++;
    return true;
}

static struct exchange *
unlink_waiter(struct waiters *waiters, struct waiter **link, struct exchange *rest)
{
    struct waiter *waiter = *link;
    struct exchange *exchange = waiter->exchange;

    *link = waiter->next;
    waiters->count--;
    free(waiter);
    exchange->next = rest;
    return exchange;
}

struct exchange *
waiters_take(struct waiters *waiters, const char *subject)
{
    struct waiter **link = bucket_of(waiters, subject);
    struct exchange *taken = NULL;

    while (*link != NULL)
        if (strcmp((*link)->exchange->request.param, subject) == 0)
            taken = unlink_waiter(waiters, link, taken);
        else
            link = &(*link)->next;
    return taken;
}

struct exchange *
waiters_take_late(struct waiters *waiters, int64_t now_us)
{
    struct exchange *taken = NULL;

    for (int i = 0; i < BUCKETS && waiters->count > 0; i++)
        for (struct waiter **link = &waiters->buckets[i]; *link != NULL;)
            if ((*link)->deadline_us <= now_us)
                taken = unlink_waiter(waiters, link, taken);
            else
                link = &(*link)->next;
    return taken;
}
