/* What people read: a line for each check, its violations with their timelines, what is open, and the verdict. */
#ifndef PRINT_H
#define PRINT_H

#include "report.h"

#include <stdio.h>

/* What there is to print: reports of the same audits, one for each shard, which were given EVENTS. */
struct findings {
    const struct report *reports;
    int count;
    struct audit *const *audits;
    int shards;
};

/* Answers the number of violations. */
int64_t findings_print(const struct findings *findings, FILE *out, bool colours);
/* One violation, with the timeline of its order. */
void findings_print_one(const struct findings *findings, const struct noted *noted, FILE *out);
/* "AUDIT CLEAN orders=…" or "AUDIT FAILED violations=… orders=…", and a line feed. */
void findings_print_verdict(const struct findings *findings, FILE *out);
/* For scripts: one JSON object. */
void findings_print_json(const struct findings *findings, FILE *out);

/* The sum over the reports. */
int64_t findings_violations(const struct findings *findings);

#endif
