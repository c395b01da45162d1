/* Which event is being handled right now, in a mapped file that outlives the process: when a handler kills it (a fault such
 * as SIGSEGV, never SIGKILL, a lack of memory or power), the next start knows whom to suspect. */
#ifndef RUNNING_H
#define RUNNING_H

#include "base/envelope.h"

#include <stdbool.h>

struct running;

/* Maps the file (created with mode 0600) and installs handlers for SEGV, BUS, ILL, FPE and ABRT that mark it and let the
 * signal have its way. One in a process. NULL with *error (the caller's). */
struct running *running_open(const char *path, char **error);
void running_close(struct running *running);

/* The event whose handler killed the process before this one, and by which signal: id, topic, partition and offset are
 * filled in. false if none did. Answered once: the mark is wiped. */
bool running_blamed(struct running *running, struct envelope *in, int *signal);

/* Around each handler of an event. NULL does nothing. */
void running_enter(struct running *running, const struct envelope *in);
void running_leave(struct running *running);

#endif
