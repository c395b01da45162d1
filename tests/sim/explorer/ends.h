/* The ends of an exploration, judged by the auditor as it judges services at rest: the three databases, what the topics hold,
 * and what the customer was told. */
#ifndef ENDS_H
#define ENDS_H

#include "world.h"

#include <stdio.h>

struct ends;

struct ends *ends_new(const struct rules *rules);
void ends_free(struct ends *ends);

/* Answers the number of violations; they are written to out. Of ends that differ only in ids, times and positions the first one
 * is judged. */
int64_t ends_judge(struct ends *ends, const struct world *world, FILE *out);

/* How many there were, and how many were judged. */
int64_t ends_count(const struct ends *ends);
int64_t ends_judged(const struct ends *ends);
/* How many of those that were judged end with the order in this status. */
int64_t ends_with(const struct ends *ends, enum order_status status);

#endif
