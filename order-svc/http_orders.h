/* What clients may ask of order-svc. openapi.yaml describes it. */
#ifndef HTTP_ORDERS_H
#define HTTP_ORDERS_H

#include "../common/service.h"

struct reply post_order(struct db *db, const struct request *request);
struct reply get_order(struct db *db, const struct request *request);
struct reply get_orders(struct db *db, const struct request *request);
struct reply post_cancellation(struct db *db, const struct request *request);
struct reply get_timeline(struct db *db, const struct request *request);

#endif
