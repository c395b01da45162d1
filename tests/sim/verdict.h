/* Judges a run that has come to rest: the auditor's checks on the three databases, and what customers were told. */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdint.h>
#include <stdio.h>

/* Answers the number of violations; they are written to out, with the timelines of the orders concerned. */
int64_t verdict(FILE *out);

#endif
