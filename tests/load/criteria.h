/* What a run must come up to: --check 'p99<50ms,lost==0'. */
#ifndef CRITERIA_H
#define CRITERIA_H

#include "figure.h"

#include <stdio.h>

enum { CRITERIA = 32, CRITERION_TEXT = 100 };

enum comparison { LESS_OR_EQUAL, GREATER_OR_EQUAL, EQUAL, NOT_EQUAL, LESS, GREATER, COMPARISONS };

struct criterion {
    char text[CRITERION_TEXT];      /* as it was written */
    struct figure figure;
    enum comparison comparison;
    double limit;                   /* of a time: in ms */
    double measured;                /* after criteria_measure; NAN: nothing was */
    bool holds;
};

struct criteria {
    int count;
    struct criterion of[CRITERIA];
};

/* text is NULL (no criteria) or NAME OPERATOR NUMBER[UNIT], with commas between. -1 with *error (the caller's): at
 * which character, what was found, what was expected. */
int criteria_read(struct criteria *criteria, const char *text, const struct arguments *arguments, char **error);

/* Compares each with what the run came to. What was not measured does not hold. */
void criteria_measure(struct criteria *criteria, const struct outcome *outcome);
/* A line for each. */
void criteria_print(const struct criteria *criteria, FILE *out);
/* "12.3 ms", "not measured" */
void criterion_measured(const struct criterion *criterion, char *text, size_t room);

#endif
