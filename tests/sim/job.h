/* A run in a process of its own: it may crash or hang without harm to anybody else. */
#ifndef JOB_H
#define JOB_H

#include "mutants.h"
#include "plan.h"
#include "tally.h"

#include <stdio.h>
#include <sys/types.h>

struct job {
    pid_t pid;                       /* 0: it is over */
    int64_t seed;
    int results;                     /* pipe: its tally comes out */
    FILE *report;                    /* what is wrong, if anything is */
};

void job_start(struct job *job, int64_t seed, const struct limits *limits, enum mutant mutant);
/* Its process has ended with this status, as wait(2) says it. Answers its tally, with a violation if there is none. The
 * report is the caller's, and can be read from its beginning. */
struct tally job_end(struct job *job, int status);

#endif
