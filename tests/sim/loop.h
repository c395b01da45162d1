/* What stands in for libevent: the part of event2/event.h that common/ uses, on the simulated clock. An event that is due
 * is a task on the agenda, so that two of them may run in any order. */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>

struct event_base;

/* As the kernel would deliver the signal. */
void loop_signal(struct event_base *base, int signal);
/* event_base_loopbreak was called. */
bool loop_is_broken(const struct event_base *base);

#endif
