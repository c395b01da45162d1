/* payment-svc: charges for orders and gives back what was charged for cancelled ones. */
#ifndef PAYMENT_SERVICE_H
#define PAYMENT_SERVICE_H

struct service;

extern const struct service payment_service;

#endif
