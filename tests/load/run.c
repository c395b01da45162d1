#include "run.h"

#include "../../common/base/shard.h"
#include "news.h"
#include "play.h"

#include <event2/event.h>
#include <unistd.h>

int64_t
run_now_us(const struct run *run)
{
    return clock_monotonic_us(&run->clock);
}

int64_t
run_pick(struct run *run, struct range range)
{
    uint64_t width = (uint64_t)(range.high - range.low) + 1;

    return width == 1 ? range.low : range.low + (int64_t)(uuid_source_next(&run->random) % width);
}

/* Without a rate no customer waits for a connection. */
static int
connection_limit(const struct run *run)
{
    int64_t clients = mix_clients(run->mix), open = 0;

    if (mix_rate(run->mix) > 0 || run->arguments.find_knee)
        open = run->arguments.connections;
    return (int)(open > clients ? open : clients);
}

static void
open_pools(struct run *run, struct pool **pools, const struct addresses *addresses)
{
    for (int i = 0; i < addresses->count; i++)
        pools[i] = pool_new(run->base, &run->clock, &addresses->of[i], connection_limit(run));
}

int
run_shard(const struct run *run, const char *customer)
{
    return shard_of_customer(&(struct shard){ .count = run->arguments.order.count }, customer);
}

static void
open_base(struct run *run)
{
    struct event_config *config = event_config_new();

    event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    run->base = event_base_new_with_config(config);
    event_config_free(config);
}

void
run_init(struct run *run)
{
    const struct arguments *arguments = &run->arguments;

    run->clock = clock_real();
    uuid_source_seeded(&run->random, (uint64_t)arguments->seed);
    snprintf(run->id, sizeof(run->id), "%llx-%x", (unsigned long long)clock_now_ms(&run->clock), (unsigned)getpid());
    open_base(run);
    open_pools(run, run->order, &arguments->order);
    open_pools(run, run->payment, &arguments->payment);
    open_pools(run, run->notify, &arguments->notify);
    run->patience = (struct patience){ .base = run->base, .clock = &run->clock, .random = &run->random,
                                       .give_up_us = arguments->give_up_s * 1000000 };
    run->news = news_new(run);
}

void
run_release(struct run *run)
{
    plays_free(run);
    news_free(run->news);
    for (int i = 0; i < SHARDS_AT_MOST; i++) {
        pool_free(run->order[i]);
        pool_free(run->payment[i]);
        pool_free(run->notify[i]);
    }
    mix_free(run->mix);
    event_base_free(run->base);
}
