/* Those who listen to a service's feed: each gets every row once, in order, from the database and after the commit.
 *
 * A reader says how far it is (Last-Event-ID, or ?after=), so that nothing is kept here for one that is away. One that is
 * behind gets pages, as fast as it takes them and in turn with the others; one that has caught up gets what each commit
 * brought, and is cut off when 1 MB waits for it: it comes back and says how far it is. */
#ifndef FEEDER_H
#define FEEDER_H

#include <stdbool.h>

struct clock;
struct core;
struct event_base;
struct exchange;
struct exposition;
struct feeder;

/* A service without a feed gets an object that does nothing. comment_ms: how often a silent stream gets a comment. */
struct feeder *feeder_new(struct event_base *base, struct core *core, const struct clock *clock, int comment_ms);
/* Before the server: readers stay its exchanges. */
void feeder_free(struct feeder *feeder);

/* Whether the request is for the feed; it has been taken or answered then. */
bool feeder_take(struct feeder *feeder, struct exchange *exchange);
/* A group_listener. */
void feeder_after_commit(void *feeder, bool committed);
/* Comments, and readers who are gone: from a timer, several times a second. */
void feeder_tick(struct feeder *feeder);
/* Every stream ends, and no other begins. */
void feeder_stop(struct feeder *feeder);

void feeder_write(const struct feeder *feeder, struct exposition *out);

#endif
