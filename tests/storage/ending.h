/* How a case ended. Plain data: a case's process leaves it in memory that it shares with its parent. */
#ifndef ENDING_H
#define ENDING_H

#include "trouble.h"

enum how {
    HOW_EXITED,                  /* a service ended itself, said why, and was started again */
    HOW_NOT_STARTED,             /* a service did not start at first, and said why */
    HOW_BACKED_OFF,              /* turns were undone, customers asked again */
    HOW_DIED,                    /* a service or its machine was made to die */
    HOW_UNNOTICED,               /* SQLite could do without */
    HOW_FAILED,                  /* a promise was broken */
    HOWS
};

struct ending {
    int64_t calls[CALLS];        /* before the world healed */
    int64_t hits;                /* of them went wrong */
    int64_t exits, refused_starts, turns_undone, deaths;
    int64_t orders, violations;
    char message[200];           /* of the first exit or refused start */
    bool whole;                  /* the case came to its end */
};

/* Of the case that runs in this process. */
extern struct ending ending;

enum how ending_how(const struct ending *ending);
const char *how_name(enum how how);

#endif
