/* What a run tells while it goes and when it has ended: progress, CSV, JSON, page, --check. */
#ifndef LOAD_JOURNAL_H
#define LOAD_JOURNAL_H

#include "criteria.h"
#include "outcome.h"
#include "timeline.h"

#include <stdio.h>

struct run;
struct sampler;

struct journal {
    struct run *run;
    struct criteria criteria;
    struct timeline timeline;
    struct sampler *sampler;            /* NULL: nothing is sampled */
    FILE *csv, *json, *html;            /* NULL: not asked for */
    char *command;
    char began_at[40];
    struct second second;               /* the one that waits for its readings */
    bool waiting;
    void (*on_end)(void *context);      /* when the last one has them; NULL: it is not the last one */
    void *context;
};

/* A file that the run writes; path NULL: none is asked for. -1 after printing why not. */
int journal_create(const char *path, FILE **file);
/* From the command line: reads --check, creates the files, keeps what was typed. -1 after printing what is wrong. */
int journal_open(struct journal *journal, const struct arguments *arguments, int argc, char **argv);
/* The run has its loop; its results begin now. */
void journal_begin(struct journal *journal, struct run *run);
/* A second has passed. */
void journal_second(struct journal *journal);
/* So has the last one: on_end is called once its readings are there, at once if there are to be none. */
void journal_last_second(struct journal *journal, void (*on_end)(void *context), void *context);
/* Prints the summary, writes the files. true: the run was good, and they are whole. ended: nobody interrupted it. */
bool journal_conclude(struct journal *journal, const struct results_context *context, bool ended);
/* Also of one that was never opened or never begun, filled with zeros. */
void journal_release(struct journal *journal);

#endif
