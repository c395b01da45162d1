/* The checks: what must be true of the three databases, each as one query that finds what is not. */
#ifndef CHECKS_H
#define CHECKS_H

#include <stdint.h>

/* What there must be before a check can be asked; a mask. */
enum condition {
    QUIET = 1,          /* nothing is under way: without it only doubling and invention can be judged, not loss */
    EVENTS = 2,         /* the table said, which takes a while to gather */
    HISTORY = 4,        /* the lines of a load driver, in the table told */
    RECORDS = 8         /* what the topics hold, in the table record; only together with EVENTS */
};

/* What a check looks at, so that it can say how much of it there was. */
struct population {
    const char *noun;   /* "orders" */
    const char *sql;    /* one number */
};

/*
 * The query answers a row for each violation: the order concerned (NULL if there is none), and what is wrong with it.
 * A third column, if there is one, is 1 where what would decide is gone by now, and 2 where a dead letter explains it:
 * counted, not held against anybody. A fourth names the line of the order's timeline that is wrong, as timeline.c calls
 * it. audit.h says which tables there are.
 */
struct check {
    const char *name;                       /* "closed": what a violation is called */
    unsigned needs;                         /* of enum condition; 0: true at every moment */
    const struct population *of;
    const char *says;                       /* follows the noun: "12,345 orders | reached one end" */
    const char *sql;
};

/* By their number from 0 on, in the order in which they are asked; NULL after the last. */
const struct check *checks_get(int number);

#endif
