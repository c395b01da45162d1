/* What audits have found, taken down until all is there to be printed. */
#ifndef REPORT_H
#define REPORT_H

#include "audit.h"

enum { CHECKS_AT_MOST = 64, REPORT_SHOWN = 20 };

/* A violation. */
struct noted {
    const struct check *check;
    char *order_id;             /* NULL if it concerns none */
    char *what, *line;          /* as in struct violation */
    int audit;                  /* that found it; -1: all of them together */
};

/* What one audit found, or several that ask the same of different shards. */
struct report {
    const struct check *checked[CHECKS_AT_MOST];
    struct finding findings[CHECKS_AT_MOST];
    int count;
    int audit;                  /* the one that is under way */
    struct noted *noted;
    size_t kept;                /* all of them, or the first REPORT_SHOWN */
    bool verbose;
};

/* verbose: keeps every violation. */
void report_init(struct report *report, bool verbose);
void report_release(struct report *report);
/* What is found from here on is this audit's (from 0; -1: all of them found it together), and added to what the others
 * before it have found. */
void report_begin(struct report *report, int audit);
/* Takes down what an audit finds. */
struct audit_listener report_listener(struct report *report);
/* How many violations there are, kept or not. */
int64_t report_violations(const struct report *report);

#endif
