/* What two clients say, and what they are answered. In the bytes of an input:
 *
 *     ff      what follows comes later: the service has done all it could
 *     fe      from here on the other client speaks
 *     fd      the client that speaks says no more, but listens
 *
 * No UTF-8 text has these bytes. */
#ifndef DIALOGUE_H
#define DIALOGUE_H

#include "response.h"
#include "served.h"

/* Until all has been said and answered, and all connections are closed. */
void dialogue_play(struct client clients[SERVED_CLIENTS], const char *bytes, size_t size);

/* Each answer that came, in its order, over all connections. */
void dialogue_answers(const struct client clients[SERVED_CLIENTS], const char *asked, size_t asked_size,
                      void (*each)(void *context, const struct client *client, const struct response *response), void *context);

#endif
