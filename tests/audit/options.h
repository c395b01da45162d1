/* The command line of audit. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "shards.h"

struct options {
    int count[AUDITED];                 /* as many of each service: one for each shard */
    char *paths[AUDITED][SHARDS_AT_MOST];   /* database files; a folder has become the file in it */
    const char *history;                /* NULL without one */
    const char *brokers;                /* NULL: the topics are not looked at */
    const char *properties;             /* "" for none */
    const char *prefix;                 /* of the topics; NULL: as the databases say */
    const char *json;                   /* where the findings go as JSON, too; NULL for nowhere */
    int watch_s;                        /* between two rounds; 0: one round only */
    bool live, verbose, help;
};

void options_print_help(void);
/* -1 after every mistake has been printed to stderr. */
int options_read(struct options *options, int argc, char **argv);
void options_release(struct options *options);

#endif
