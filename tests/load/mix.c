/* What a mix plays; mix_read.c reads it. */
#include "mix.h"

#include "arguments.h"

#include <stdlib.h>

enum { CLIENTS = 64, SECONDS = 10 };

void
mix_free(struct mix *mix)
{
    if (mix == NULL)
        return;
    for (int i = 0; i < mix->count; i++)
        free(mix->shares[i].flow);
    free(mix);
}

static struct segment
closed(int64_t clients, const struct arguments *arguments, int64_t seconds)
{
    return (struct segment){
        .kind = SEGMENT_CLOSED, .clients = clients > 0 ? clients : CLIENTS,
        .length_us = arguments->orders > 0 ? INT64_MAX : seconds * 1000000,
        .orders = arguments->orders > 0 ? (uint64_t)arguments->orders : UINT64_MAX,
    };
}

static void
shorten(struct mix *mix, int64_t by)
{
    for (int i = 0; i < mix->segment_count; i++)
        mix->segments[i].length_us /= by;
}

void
mix_schedule(struct mix *mix, const struct arguments *arguments)
{
    int64_t rate = arguments->rate, orders = arguments->orders;
    int64_t seconds = arguments->seconds > 0 ? arguments->seconds : SECONDS;

    if (mix->segment_count > 0 && rate == 0 && orders == 0 && arguments->seconds == 0 && arguments->clients == 0) {
        if (arguments->shorten > 0)
            shorten(mix, arguments->shorten);
        return;
    }
    mix->segment_count = 1;
    if (rate > 0)
        mix->segments[0] = segment_hold((double)rate, orders > 0 ? orders * 1000000 / rate : seconds * 1000000);
    else
        mix->segments[0] = closed(arguments->clients, arguments, seconds);
}

const struct flow *
mix_choose(const struct mix *mix, int64_t point)
{
    const struct share *share = mix->shares;

    while (point >= share->weight)
        point -= share++->weight;
    return share->flow;
}

int64_t
mix_rate(const struct mix *mix)
{
    double most = 0;

    for (int i = 0; i < mix->segment_count; i++) {
        const struct segment *segment = &mix->segments[i];
        double rate = segment->from > segment->to ? segment->from : segment->to;

        most = rate > most ? rate : most;
    }
    return (int64_t)most;
}

int64_t
mix_clients(const struct mix *mix)
{
    int64_t most = 0;

    for (int i = 0; i < mix->segment_count; i++)
        if (mix->segments[i].clients > most)
            most = mix->segments[i].clients;
    return most;
}
