/* One run: from its plan to its verdict. */
#ifndef RUN_H
#define RUN_H

#include "mutants.h"
#include "plan.h"
#include "tally.h"

#include <stdio.h>

/* trace may be NULL. What is wrong is written to out. Once in a process. */
struct tally run(const struct plan *plan, enum mutant mutant, FILE *trace, FILE *out);

#endif
