/* All cases, or a sample of them, each in a process of its own. */
#ifndef CASES_H
#define CASES_H

struct options;

/* Prints those that fail, and how they all ended. Answers the exit status. */
int cases(const struct options *options);
/* A single case in this process, which has to end by _exit after it: what died in it was not tidied up. */
int cases_one(const struct options *options);

#endif
