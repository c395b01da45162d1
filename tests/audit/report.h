/* What people read: a line for each check, its violations with their timelines, what is open, and the verdict. */
#ifndef REPORT_H
#define REPORT_H

#include "audit.h"

#include <stdio.h>

enum { CHECKS_AT_MOST = 64 };

struct violation {
    const struct check *check;
    char *order_id;             /* NULL if it concerns none */
    char *what;
    int audit;                  /* that found it; -1: all of them together */
};

/* What one audit found, or several that ask the same of different shards; kept until all is there to be printed. */
struct report {
    const struct check *checked[CHECKS_AT_MOST];
    struct finding findings[CHECKS_AT_MOST];
    int count;
    int audit;                  /* the one that is under way */
    struct violation *violations;
    size_t kept;                /* all of them, or as many of each check as would be printed at most */
    bool verbose;
};

void report_init(struct report *report, bool verbose);
void report_release(struct report *report);
/* What is found from here on is this audit's (from 0; -1: all of them found it together), and added to what the others before it have found. */
void report_begin(struct report *report, int audit);
/* Takes down what an audit finds. */
struct audit_listener report_listener(struct report *report);

/* Prints all checks of the reports, then what is open, then the verdict, from the audits (one for each shard) that were
 * given EVENTS. Answers the number of violations. */
int64_t reports_print(const struct report *reports, int count, struct audit *const *audits, int shards, FILE *out,
                      bool colours);

#endif
