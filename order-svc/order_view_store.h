/* What others see of an order: the data of events, the answers to clients, the feed. */
#ifndef ORDER_VIEW_STORE_H
#define ORDER_VIEW_STORE_H

#include "../common/base/outcome.h"
#include "../common/feed.h"
#include "order.h"

/* Says that the order is now what `type` tells (all but ORDER_CREATED), with its data as EVENTS.md describes them. */
struct outcome order_say(struct db *db, const struct envelope *in, const char *order_id, enum envelope_type type);
/* Says order.created of an order that was just inserted. Answers its order_json, in db_scratch, since both are made at once;
 * NULL if the database fails. */
const char *order_say_created(struct db *db, const struct envelope *in, const struct order *order);

/* JSON for clients, in db_scratch; NULL if there is no such order. */
const char *order_json(struct db *db, const char *order_id);
const char *order_timeline_json(struct db *db, const char *order_id);
/* For operators: each thing that happened to the order here. */
void order_timeline(struct db *db, const char *order_id,
                    void (*each)(void *context, int64_t at_ms, const char *what), void *context);
/* The feed: every row of order_history. */
int64_t order_history_last(struct db *db);
void order_history_read(struct db *db, int64_t after, int64_t last, int limit, feed_row *each, void *context);
/* A page of orders after an id ("" from the beginning); status NULL takes all. */
const char *orders_page_json(struct db *db, const char *status, const char *after);

#endif
