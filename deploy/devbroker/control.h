/* control.h: the control socket: one request line, one reply line, any number per connection. */
#ifndef DEVBROKER_CONTROL_H
#define DEVBROKER_CONTROL_H

#include <stdbool.h>

struct cluster;
struct control;
struct event_base;

/*
 * Listens at the Unix socket `path` (mode 0600) and applies what comes to `cluster`, from `base`'s loop. A socket file
 * left behind by a process that is gone is replaced. NULL after printing what to do about it. Keeps `path`.
 */
struct control *control_new(struct event_base *base, const char *path, struct cluster *cluster);

/* Closes all connections and removes the socket file. */
void control_free(struct control *control);

/* Whether the loop was ended by the command `restart`. */
bool control_wants_restart(const struct control *control);

#endif
