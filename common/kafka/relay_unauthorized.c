/* A user who may write to no topic: no producer lives, so none is made without end. */
#include "relay_private.h"

#include "../base/clock.h"
#include "../base/log.h"

enum {
    REST_US = 2000000,               /* then another producer is tried */
    PROVEN_US = 5000000
};

/* An idempotent producer needs an id from the broker, and a user without a topic to write to gets none: fatal for it. */
void
relay_on_unauthorized(struct relay *relay)
{
    if (!relay->unauthorized)
        log_error(relay->client.log, "our user may write to no topic: all rows wait; trying on",
                  TEXT("brokers", relay->client.brokers));
    relay->unauthorized = true;
    relay->rest_until_us = clock_monotonic_us(relay->clock) + REST_US;
}

void
relay_on_authorized(struct relay *relay)
{
    if (relay->unauthorized)
        log_info(relay->client.log, "our user may write again", TEXT("brokers", relay->client.brokers));
    relay->unauthorized = false;
}

void
relay_unauthorized_tick(struct relay *relay)
{
    int64_t now = clock_monotonic_us(relay->clock);

    if (relay->rest_until_us != 0 && now >= relay->rest_until_us) {
        relay->proven_us = now + PROVEN_US;
        relay->rest_until_us = relay_start(relay) == 0 ? 0 : now + REST_US;
    } else if (relay->producer != NULL && now >= relay->proven_us) {
        relay_on_authorized(relay);
    }
}
