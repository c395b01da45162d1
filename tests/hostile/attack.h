/* One way to misuse a connection: a row of the table in attacks.c. */
#ifndef ATTACK_H
#define ATTACK_H

#include <stdbool.h>

struct attack {
    const char *name;
    const char *first;      /* said when the connection is there */
    const char *again;      /* said after it without end; NULL: nothing */
    int every_ms;           /* one byte of again so often; 0: as much as the socket takes */
    bool deaf;              /* nothing is read, and the kernel keeps little for it */
    bool half;              /* no more is sent after first, and this end of the connection is closed */
    const char *what;       /* for --help */
};

/* Ends with a row without a name. */
extern const struct attack attacks[];

/* NULL if there is none of that name. */
const struct attack *attack_find(const char *name);

#endif
