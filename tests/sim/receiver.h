/* Who receives the webhooks of notify-svc. */
#ifndef RECEIVER_H
#define RECEIVER_H

#include <stdbool.h>

/* It has answered a post with this Idempotency-Key with 2xx, whether or not the answer arrived. */
bool receiver_has(const char *key);

#endif
