/* One connection that has the three databases attached, each of them twice, and can write to none of them. */
#ifndef DATABASES_H
#define DATABASES_H

#include "audit.h"

#include <sys/stat.h>

/* A file that is read. */
struct source {
    char *path;             /* NULL for a copy of an open database */
    bool at_rest;           /* no write-ahead log beside it: nobody uses it, and nothing may change while it is read */
    struct stat before;
};

struct databases {
    struct sqlite3 *sqlite;
    struct source sources[AUDITED];
};

void databases_init(struct databases *databases);
void databases_release(struct databases *databases);

/* As audit_attach and audit_copy. */
int databases_attach(struct databases *databases, enum audited service, const char *path, char **error);
int databases_copy(struct databases *databases, enum audited service, struct sqlite3 *from, char **error);

/* Begins all three first readings, and after that all three later ones; they last until databases_release. */
int databases_read(struct databases *databases, char **error);
int databases_read_later(struct databases *databases, char **error);
/* -1 with *error when a database at rest was not left at rest. */
int databases_check_rest(const struct databases *databases, char **error);

#endif
