/* What stands beside the checks: how much of everything there is, and what is explained but open. */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

struct audit;

enum { SUMMARY_COUNTS = 9 };

struct summary_count {
    const char *name;           /* "orders" */
    int64_t number;             /* over all shards */
    bool always;                /* shown also if it is 0 */
};

/* After audit_run with EVENTS of each. */
void summary_counts(struct audit *const *audits, int shards, struct summary_count counts[SUMMARY_COUNTS]);

/* Each thing that is open or has to be known, as three columns: what kind it is ("dead_letter", "parked", "money_held", or
 * "note"), the words for people, and the same as a JSON object. */
void summary_open(struct audit *audit, void (*each)(void *context, const char *const *columns), void *context);

#endif
