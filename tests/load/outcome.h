/* All that is known when a run has ended: what the summaries tell, and --check decides on. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <stdbool.h>

struct arguments;
struct criteria;
struct process;
struct results;
struct results_context;
struct timeline;

struct outcome {
    const struct arguments *arguments;
    const char *command, *began_at;     /* as it was typed, about; RFC 3339 */
    const struct results *results;
    const struct results_context *context;
    const struct criteria *criteria;    /* measured */
    const struct process *processes;    /* what was sampled; NULL: nothing */
    int process_count;
    const struct timeline *timeline;
    bool ended;                         /* nobody interrupted it */
};

/* All that was to be is. */
bool outcome_is_good(const struct outcome *outcome);

#endif
