/* The calls outside that are under way: made after a commit, at most so many at once, no one twice at a time, and each
 * answer handed to the service as a completion. */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>

struct calls;
struct core;
struct event_base;
struct exposition;

/* on_done is called when a completion has run: its turn waits for a commit. A service that calls nothing gets an object
 * that does nothing. NULL with *error (the caller's). */
struct calls *calls_new(struct event_base *base, struct core *core, void (*on_done)(void *context), void *context,
                        char **error);
/* What is under way is forgotten: its rows are pending still, and are posted again at the next start. */
void calls_free(struct calls *calls);

/* Makes the calls that are due, unless a turn is open: from a timer, since what failed is due again after a while. */
void calls_look(struct calls *calls);
/* A group_listener: a turn may have brought some. */
void calls_after_commit(void *calls, bool committed);
/* No call is made any more; those under way may still end. */
void calls_stop(struct calls *calls);

int calls_under_way(const struct calls *calls);
/* Why the last call failed, or why none is made though some are pending; NULL if neither. */
const char *calls_trouble(const struct calls *calls);
void calls_write(const struct calls *calls, struct exposition *out);

#endif
