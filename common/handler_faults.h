/* Faults on purpose in the handlers of events: what they do to a handler that has just done its work. */
#ifndef HANDLER_FAULTS_H
#define HANDLER_FAULTS_H

#include "base/outcome.h"

struct envelope;
struct faults;

/* Both answer what the handler is to have answered; its work is undone if that is not DONE. */
struct outcome handler_faults(struct faults *faults, const struct envelope *in, struct outcome outcome);
struct outcome give_up_faults(struct faults *faults, const struct envelope *in, struct outcome outcome);

#endif
