#include "news.h"
#include "steps.h"

#include <string.h>

static int
write_items(struct play *play, char *text, size_t room)
{
    const struct flow *flow = play->flow;
    int used = 0;

    for (int i = 0; i < flow->item_count; i++)
        used += snprintf(text + used, room - (size_t)used, "%s{\"sku\":\"%s\",\"quantity\":%lld,\"unit_price\":%lld}",
                         i > 0 ? "," : "", flow->items[i].sku, (long long)run_pick(play->run, flow->items[i].quantity),
                         (long long)run_pick(play->run, flow->items[i].price));
    return used;
}

/* FLOW_ITEMS items of FLOW_SKU characters fit into both. */
static void
write_order(struct play *play)
{
    char body[REQUEST_ROOM - 1400];
    int used = snprintf(body, sizeof(body), "{\"customer_id\":\"%s\",\"currency\":\"EUR\",\"items\":[", play->customer);

    used += write_items(play, body + used, sizeof(body) - (size_t)used - 3);
    used += snprintf(body + used, sizeof(body) - (size_t)used, "]}");
    play->order_size = (size_t)snprintf(play->order_request, sizeof(play->order_request),
                                        "POST /orders HTTP/1.1\r\nHost: %s\r\n%sContent-Type: application/json\r\n"
                                        "Idempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s",
                                        play->run->arguments.order.of[play->shard].host,
                                        play->run->arguments.authorization, play->key, used, body);
}

void
begin_repeat(struct play *play)
{
    attempt_start(&play->attempt, play->run->order[play->shard], play->order_request, play->order_size);
}

void
begin_order(struct play *play)
{
    write_order(play);
    play->run->results.started++;
    begin_repeat(play);
}

static void
count_not_accepted(struct play *play, const struct answer *answer)
{
    play->refused = answer->status == 0 ? !play->attempt.maybe_done : answer->status >= 400 && answer->status < 500;
    if (play->refused)
        play->run->results.refused++;
    else
        play->run->results.unknown++;
}

void
on_order(struct play *play, const struct answer *answer)
{
    struct run *run = play->run;
    int64_t now = run_now_us(run);

    if (answer->status != 201 || !answer_text(answer, "order_id", play->order_id, ORDER_ID)) {
        count_not_accepted(play, answer);
        if (step_has_status(play, answer, 201))
            play_fail(play, "the answer names no order: %.200s", answer->body);
        return;
    }
    run->results.accepted++;
    run->results.last_accepted_us = now;
    results_measure(&run->results, TO_CREATED, now - play->due_us);
    play->timed = true;
    news_follow(run->news, play);
    if (play_learn(play, answer))
        play_next(play);
}

/* The stored answer shows the order as it was when it was accepted. */
void
on_repeat(struct play *play, const struct answer *answer)
{
    char order_id[ORDER_ID] = "";

    if (!step_has_status(play, answer, 201))
        return;
    answer_text(answer, "order_id", order_id, sizeof(order_id));
    if (strcmp(order_id, play->order_id) != 0)
        play_fail(play, "the same key and body made another order: %s", order_id);
    else
        play_next(play);
}
