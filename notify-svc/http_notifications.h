/* What clients may ask of notify-svc. openapi.yaml describes it. */
#ifndef HTTP_NOTIFICATIONS_H
#define HTTP_NOTIFICATIONS_H

#include "../common/service.h"

struct reply get_notifications(struct db *db, const struct request *request);

#endif
