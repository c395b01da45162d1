#include "prepare.h"

#include "../../common/base/error.h"
#include "../../common/base/memory.h"
#include "customer.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

enum { HANDS = 16 };

static const int64_t DEPOSIT = 1000000000000;

/* Of whom something is asked. */
struct asked {
    struct pool *pool;
    const struct address *address;
};

/* One of those who do the list of tasks together. */
struct hand {
    struct preparation *preparation;
    struct attempt attempt;
    int64_t task;                   /* first each shard of order-svc and of notify-svc is ready; then the accounts */
    struct asked asked;
    bool deposits;                  /* the account is open, money follows */
    char request[1300];
};

struct preparation {
    struct run *run;
    struct hand hands[HANDS];
    int64_t next_task, tasks, done;
    void (*on_ready)(void *context, char *problem);
    void *context;
};

static int64_t
services(const struct run *run)
{
    return 2 * run->arguments.order.count;
}

static void
write_ready(struct hand *hand, struct run *run)
{
    int shard = (int)(hand->task / 2);
    bool order = hand->task % 2 == 0;

    hand->asked.pool = order ? run->order[shard] : run->notify[shard];
    hand->asked.address = order ? &run->arguments.order.of[shard] : &run->arguments.notify.of[shard];
    snprintf(hand->request, sizeof(hand->request), "GET /readyz HTTP/1.1\r\nHost: %s\r\n\r\n", hand->asked.address->host);
}

static void
write_account(struct hand *hand, struct run *run)
{
    const struct arguments *arguments = &run->arguments;
    int64_t account = hand->task - services(run), number;
    enum customer_kind kind = customer_of_account(arguments, account, &number);
    char customer[CUSTOMER_NAME], head[200], body[80];
    int size, shard;

    customer_name(arguments, kind, number, customer);
    if (hand->deposits) {
        size = snprintf(body, sizeof(body), "{\"amount\":%lld,\"currency\":\"EUR\"}", (long long)DEPOSIT);
        snprintf(head, sizeof(head), "POST /accounts/%s/deposits HTTP/1.1\r\nIdempotency-Key: load-%s-open-%lld\r\n",
                 customer, run->id, (long long)account);
    } else {
        size = snprintf(body, sizeof(body), "{\"currency\":\"EUR\"}");
        snprintf(head, sizeof(head), "PUT /accounts/%s HTTP/1.1\r\n", customer);
    }
    shard = run_shard(run, customer);
    hand->asked = (struct asked){ run->payment[shard], &arguments->payment.of[shard] };
    snprintf(hand->request, sizeof(hand->request),
             "%sHost: %s\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", head,
             hand->asked.address->host, arguments->authorization, size, body);
}

static void
do_task(struct hand *hand)
{
    struct run *run = hand->preparation->run;

    if (hand->task < services(run))
        write_ready(hand, run);
    else
        write_account(hand, run);
    attempt_start(&hand->attempt, hand->asked.pool, hand->request, strlen(hand->request));
}

static void
next_task(struct hand *hand)
{
    struct preparation *preparation = hand->preparation;

    if (preparation->next_task == preparation->tasks)
        return;
    hand->task = preparation->next_task++;
    hand->deposits = false;
    do_task(hand);
}

static void
finish(struct preparation *preparation, char *problem)
{
    void (*on_ready)(void *context, char *problem) = preparation->on_ready;

    preparation->on_ready = NULL;
    preparation->next_task = preparation->tasks;
    if (on_ready != NULL)
        on_ready(preparation->context, problem);
    else
        free(problem);
}

static void
complain(struct hand *hand, const struct answer *answer)
{
    const char *host = hand->asked.address->host;
    char *problem = NULL;

    if (answer->status == 0 || answer->status == 503)
        error_set(&problem, "http://%s does not work: %s; is the service running?", host, attempt_problem(answer));
    else
        error_set(&problem, "http://%s answers %d to %.*s: %.200s", host, answer->status,
                  (int)strcspn(hand->request, "\r"), hand->request, answer->body);
    finish(hand->preparation, problem);
}

static bool
is_funded(const struct hand *hand)
{
    const struct run *run = hand->preparation->run;
    int64_t account = hand->task - services(run), number;

    return account >= 0 && customer_of_account(&run->arguments, account, &number) != CUSTOMER_POOR;
}

static void
on_done(void *hand_, const struct answer *answer)
{
    struct hand *hand = hand_;
    struct preparation *preparation = hand->preparation;

    if (answer->status != 200 && answer->status != 201) {
        complain(hand, answer);
        return;
    }
    if (is_funded(hand) && !hand->deposits) {
        hand->deposits = true;
        do_task(hand);
        return;
    }
    if (++preparation->done == preparation->tasks)
        finish(preparation, NULL);
    else
        next_task(hand);
}

struct preparation *
prepare(struct run *run, void (*on_ready)(void *context, char *problem), void *context)
{
    struct preparation *preparation = memory_new(1, sizeof(*preparation));

    preparation->run = run;
    preparation->tasks = services(run) + customer_accounts(&run->arguments);
    preparation->on_ready = on_ready;
    preparation->context = context;
    for (int i = 0; i < HANDS; i++) {
        preparation->hands[i].preparation = preparation;
        attempt_init(&preparation->hands[i].attempt, &run->patience, on_done, &preparation->hands[i]);
        next_task(&preparation->hands[i]);
    }
    return preparation;
}

void
preparation_free(struct preparation *preparation)
{
    if (preparation == NULL)
        return;
    for (int i = 0; i < HANDS; i++)
        attempt_release(&preparation->hands[i].attempt);
    free(preparation);
}
