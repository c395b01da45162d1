/* Whether the databases that are audited are all shards of one set, each of them once. */
#ifndef AUDIT_SHARDS_H
#define AUDIT_SHARDS_H

#include "audit.h"

enum { SHARDS_AT_MOST = 64 };

/* After audit_run of each. One check more, told to the listener as audit_run does. Answers the number of violations. */
int64_t shards_check(struct audit *const *audits, int count, const struct audit_listener *listener);

#endif
