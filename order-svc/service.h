/* order-svc: takes orders and says what became of them. */
#ifndef ORDER_SERVICE_H
#define ORDER_SERVICE_H

struct service;

extern const struct service order_service;

#endif
