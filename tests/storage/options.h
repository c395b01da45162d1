/* The command line of storage. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "one_case.h"

struct options {
    struct one_case one;         /* trouble.at 0: many cases, of this kind or of all */
    int64_t cases;               /* of each kind and mode, about; 0: all there are */
    int64_t jobs;
    const char *trace;           /* file of the trace of one case; NULL: none */
    bool first;                  /* the first failure ends it */
    bool one_only;
    bool help;
};

void options_print_help(void);
/* -1 after the mistake has been printed to stderr. */
int options_read(struct options *options, int argc, char **argv);

#endif
