#include "news.h"

#include "../../common/base/memory.h"
#include "heard.h"
#include "news_feed.h"
#include "news_topic.h"
#include "play.h"
#include "run.h"

#include <event2/event.h>
#include <stdlib.h>

enum { FORGET_S = 60 };

/* One of topic and feeds is there. */
struct news {
    struct run *run;
    struct heard heard;
    struct event *forget;
    struct news_topic *topic;
    struct news_feed *feeds[SHARDS_AT_MOST];
};

/* ---- what is heard ---- */

/* The first notification that decides is what the customer waited for. */
static void
count_told(struct news *news, struct heard_order *order)
{
    results_measure(&news->run->results, TO_NOTIFIED, order->told_us - order->due_us);
    news->run->results.notified++;
}

static void
hear_told(struct news *news, struct heard_order *order, const struct news_item *item)
{
    enum status of = item->told | item->untold;

    if (order->accepted && item->untold != NOT_ORDERED)
        news->run->results.undelivered++;
    if (order->told_us == 0 && of != REFUNDED) {
        order->told_us = run_now_us(news->run);
        if (order->accepted)
            count_told(news, order);
    }
    order->told |= (unsigned char)item->told;
    order->untold |= (unsigned char)item->untold;
}

static void
check_move(struct news *news, const struct heard_order *order, const struct news_item *item)
{
    enum status before = status_latest(order->seen);
    char was[STATUS_TEXT], is[STATUS_TEXT];

    if (before != NOT_ORDERED && !status_may_follow(before, item->status))
        results_failure(&news->run->results, "order %s: the stream of events tells that it went from %s to %s",
                        item->order_id, status_names(before, was), status_names(item->status, is));
}

void
news_hear(struct news *news, const struct news_item *item)
{
    struct heard_order *order = heard_get(&news->heard, item->order_id);
    struct play *play;

    if (order == NULL)
        return;
    if (order->due_us == 0)
        order->due_us = run_now_us(news->run);
    if (item->in_order)
        check_move(news, order, item);
    order->seen |= (unsigned char)item->status;
    order->closed = order->closed || item->closed;
    if ((item->told | item->untold) != NOT_ORDERED)
        hear_told(news, order, item);
    play = order->play;
    heard_check(&news->heard, order);
    if (play != NULL)
        play_hear(play, item->status, item->told, item->closed);
}

static void
on_forget(evutil_socket_t fd, short what, void *context)
{
    struct news *news = context;

    (void)fd, (void)what;
    heard_forget(&news->heard, run_now_us(news->run) - FORGET_S * 1000000LL);
}

/* ---- plays ---- */

void
news_follow(struct news *news, struct play *play)
{
    struct heard_order *order = heard_get(&news->heard, play->order_id);

    if (order == NULL || order->accepted)
        return;
    order->accepted = true;
    order->due_us = play->due_us;
    order->play = play;
    news->heard.pending++;
    if (order->told_us != 0)
        count_told(news, order);
    if (order->seen != 0)
        play_hear(play, order->seen, order->told, order->closed);
}

void
news_leave(struct news *news, const struct play *play, unsigned states)
{
    struct heard_order *order = heard_get(&news->heard, play->order_id);

    if (order == NULL || order->play != play)
        return;
    order->play = NULL;
    order->wanted = (unsigned char)states;
    order->finished = true;
    heard_check(&news->heard, order);
}

size_t
news_pending(const struct news *news)
{
    return news->heard.pending;
}

void
news_give_up(struct news *news)
{
    for (size_t i = 0; i < news->heard.room; i++) {
        const struct heard_order *order = &news->heard.orders[i];
        uint64_t high = order->high, low = order->low;
        char told[STATUS_TEXT], wanted[STATUS_TEXT];

        if (low == 0 || !order->accepted)
            continue;
        news->run->results.missing++;
        results_failure(&news->run->results,
                       "order %08llx-%04llx-%04llx-%04llx-%012llx: its customer should be told %s, was told %s",
                       (unsigned long long)(high >> 32), (unsigned long long)(high >> 16 & 0xffff),
                       (unsigned long long)(high & 0xffff), (unsigned long long)(low >> 48),
                       (unsigned long long)(low & 0xffffffffffff), status_names(order->wanted, wanted),
                       status_names(order->told | order->untold, told));
    }
}

/* ---- sources ---- */

bool
news_is_complete(const struct news *news)
{
    return news->topic == NULL;
}

bool
news_is_ready(const struct news *news)
{
    return news_problem(news) == NULL;
}

const char *
news_problem(const struct news *news)
{
    const char *problem = NULL;

    if (news->topic != NULL)
        return news_topic_problem(news->topic);
    for (int i = 0; i < news->run->arguments.order.count && problem == NULL; i++)
        problem = news_feed_problem(news->feeds[i]);
    return problem;
}

struct news *
news_new(struct run *run)
{
    static const struct timeval period = { .tv_sec = FORGET_S / 2 };
    struct news *news = memory_new(1, sizeof(*news));

    news->run = run;
    heard_init(&news->heard);
    news->forget = event_new(run->base, -1, EV_PERSIST, on_forget, news);
    event_add(news->forget, &period);
    if (run->arguments.brokers != NULL)
        news->topic = news_topic_new(news, run);
    for (int i = 0; i < run->arguments.order.count && news->topic == NULL; i++)
        news->feeds[i] = news_feed_new(news, run, &run->arguments.order.of[i]);
    return news;
}

void
news_free(struct news *news)
{
    if (news == NULL)
        return;
    news_topic_free(news->topic);
    for (int i = 0; i < SHARDS_AT_MOST; i++)
        news_feed_free(news->feeds[i]);
    event_free(news->forget);
    heard_release(&news->heard);
    free(news);
}
