/* News from one shard of order-svc: its stream of events, GET /orders/events, read for as long as the run lasts. A stream
 * that is lost begins again behind the last event that was read, so that it misses nothing. */
#ifndef NEWS_FEED_H
#define NEWS_FEED_H

struct address;
struct news;
struct news_feed;
struct news_item;
struct run;

/* The address must outlive it. */
struct news_feed *news_feed_new(struct news *news, struct run *run, const struct address *address);
/* NULL does nothing. */
void news_feed_free(struct news_feed *feed);
/* Why it has not begun to read; NULL once it has, whatever happens later. */
const char *news_feed_problem(const struct news_feed *feed);

/* The data of one event, taken apart in place: the item points into it. -1 if it is no change of an order. */
int news_feed_read(char *data, struct news_item *item);

#endif
