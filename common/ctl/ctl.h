/* The operator's end of `ctl`: reads the command line, asks the running service, prints its answer. */
#ifndef CTL_H
#define CTL_H

#include "../base/memory.h"

struct settings;

struct ctl {
    const char *program;        /* "order-svc" */
    const char *data_dir;
    const char *socket;         /* DATA_DIR/order-svc.sock */
    int patience_s;             /* how long the service may take for an answer */
    const char *operator;       /* the user's name, for the record */
    struct arena arena;         /* of the whole command */
};

struct answer {
    int status;
    const char *text;           /* in ctl->arena, without its last newline */
};

/* words: what follows `ctl`, NULL-terminated. Answers the exit status: 0 yes, 1 no, 2 wrong usage. */
int ctl_main(const char *program, const struct settings *settings, char **words);

/* For commands that are more than one request. target: path and query. -1 if the service does not answer, which has been
 * said on stderr. */
int ctl_ask(struct ctl *ctl, const char *method, const char *target, struct answer *answer);
/* Prints an answer where it belongs; the exit status that it means. */
int ctl_print(const struct ctl *ctl, const struct answer *answer);

#endif
