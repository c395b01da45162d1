#include "../../common/base/memory.h"
#include "news.h"
#include "steps.h"

#include <string.h>

/* An item is no longer than its names, its numbers of at most seven digits and its sku; REST is for all else, the token
 * included. */
enum { ITEM_ROOM = 64 + FLOW_SKU, REST_ROOM = 1400 };

static int
write_items(struct play *play, char *text, size_t room)
{
    const struct flow *flow = play->flow;
    int used = 0;

    for (const struct item_group *group = flow->groups; group < flow->groups + flow->group_count; group++)
        for (int64_t times = run_pick(play->run, group->times); times > 0; times--)
            used += snprintf(text + used, room - (size_t)used,
                             "%s{\"sku\":\"%s\",\"quantity\":%lld,\"unit_price\":%lld}", used > 0 ? "," : "",
                             group->sku, (long long)run_pick(play->run, group->quantity),
                             (long long)run_pick(play->run, group->price));
    return used;
}

static void
make_room(struct play *play)
{
    size_t room = REST_ROOM + (size_t)play->flow->most_items * ITEM_ROOM;

    if (room <= play->order_room)
        return;
    play->order_request = memory_resize(play->order_request, room, 1);
    play->order_room = room;
}

static void
write_order(struct play *play)
{
    char body[REST_ROOM + FLOW_ITEMS * ITEM_ROOM];
    int used = snprintf(body, sizeof(body), "{\"customer_id\":\"%s\",\"currency\":\"EUR\",\"items\":[", play->customer);

    used += write_items(play, body + used, sizeof(body) - (size_t)used - 3);
    used += snprintf(body + used, sizeof(body) - (size_t)used, "]}");
    make_room(play);
    play->order_size = (size_t)snprintf(play->order_request, play->order_room,
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
