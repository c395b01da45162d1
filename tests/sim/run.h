/* One run: from its plan to its verdict. */
#ifndef RUN_H
#define RUN_H

#include "mutants.h"
#include "plan.h"
#include "tally.h"

#include <stdio.h>

/* trace may be NULL. What is wrong is written to out. Once in a process. */
struct tally run(const struct plan *plan, enum mutant mutant, FILE *trace, FILE *out);

/* Its parts, for who has something to do in between: all is set up; the time in which things go wrong; nothing fails any
 * more; on to where nothing is left to do, false if that never comes. */
void run_begin(const struct plan *plan, enum mutant mutant, FILE *trace, FILE *out);
void run_through(void);
void run_heal(void);
bool run_to_rest(void);

#endif
