/* The command line of sim. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "mutants.h"
#include "plan.h"

#include <stdbool.h>
#include <stdint.h>

struct options {
    int64_t seed;                /* of a single run; 0: many */
    int64_t from;                /* the first of many */
    int64_t seconds, runs;       /* where many end; 0: not there */
    int64_t jobs;
    struct limits limits;
    enum mutant mutant;
    const char *trace;           /* file of the trace; NULL: none */
    bool first;                  /* the first failure ends it, and is not made smaller */
    bool help;
    bool explore;                /* one order, all interleavings */
    const char *course;          /* of it; NULL: all */
    int64_t mischief;            /* in it; -1: as each course has it */
    const char *state_tables;    /* document whose tables are written again; NULL */
};

void options_print_help(void);
/* -1 after every mistake has been printed to stderr. from is set to a new number each time if it is not given. */
int options_read(struct options *options, int argc, char **argv);

#endif
