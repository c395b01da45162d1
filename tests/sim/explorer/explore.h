/* sim --explore: one order, everything that may happen to it in every order, judged at every end. */
#ifndef EXPLORE_H
#define EXPLORE_H

#include "../mutants.h"

#include <stdint.h>
#include <stdio.h>

struct exploration {
    const char *course;          /* only this one; NULL: all of them */
    int64_t mischief;            /* so much goes wrong on purpose, at most; -1: as much as each course has time for */
    int64_t jobs;                /* courses at the same time */
    enum mutant mutant;
};

/* 0: all is well; 1: something is wrong, and drawn; 2: there is no such course. */
int explore(const struct exploration *exploration);
void explore_print_courses(FILE *out);

#endif
