/* A run as a table for programs: a line a second. */
#ifndef CSV_H
#define CSV_H

#include "second.h"

#include <stdio.h>

/* The names of the columns. */
void csv_header(FILE *out, const struct process *processes, int count);
/* What is not known is an empty cell. Flushed, so that it can be followed while it grows. */
void csv_second(FILE *out, const struct second *second, const struct process *processes, int count);

#endif
