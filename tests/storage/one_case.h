/* One case: a short life of the three services, with one trouble. */
#ifndef ONE_CASE_H
#define ONE_CASE_H

#include "mistakes.h"
#include "trouble.h"

#include <stdio.h>

struct one_case {
    struct trouble trouble;
    int64_t seed;                /* what the customers do */
    enum mistake mistake;
};

/* Fills in `ending`. What is wrong is written to out; trace may be NULL. Once in a process, which then ends by _exit: what
 * died is not tidied up. */
void one_case_run(const struct one_case *it, FILE *trace, FILE *out);
/* The command that repeats it. */
void one_case_print(const struct one_case *it, FILE *out);

#endif
