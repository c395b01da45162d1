/* Makes a run that fails smaller: fewer faults, fewer orders, and nothing left to chance after the moment that matters. */
#ifndef SHRINK_H
#define SHRINK_H

#include "mutants.h"
#include "plan.h"

/* choices: how many the run made. Takes a minute at most. */
struct limits shrink(int64_t seed, enum mutant mutant, struct limits limits, int64_t choices);

#endif
