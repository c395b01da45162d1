/* What clients may ask of payment-svc. openapi.yaml describes it. */
#ifndef HTTP_ACCOUNTS_H
#define HTTP_ACCOUNTS_H

#include "../common/service.h"

struct reply put_account(struct db *db, const struct request *request);
struct reply get_account(struct db *db, const struct request *request);
struct reply post_deposit(struct db *db, const struct request *request);
struct reply get_payment(struct db *db, const struct request *request);

#endif
