/* A run as one JSON document: what --json writes, and what the page of --html shows. */
#ifndef LOAD_DOCUMENT_H
#define LOAD_DOCUMENT_H

#include <stdio.h>

struct json_out;
struct outcome;
struct process;
struct timeline;

void document_write(const struct outcome *outcome, FILE *out);

/* document_timeline.c: its part "timeline", a list of numbers for each thing that was counted or measured. processes:
 * those whose readings the timeline has, for their names. */
void document_timeline(struct json_out *out, const struct timeline *timeline, const struct process *processes);

#endif
