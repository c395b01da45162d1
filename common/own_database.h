/* A service's own database, from its start to its clean stop. */
#ifndef OWN_DATABASE_H
#define OWN_DATABASE_H

#include <stdbool.h>

struct db;
struct faults;
struct log;
struct service;
struct settings;

/* SERVICE.db in the data folder: made or brought up to date, checked to be ours, and to be whole if its last end was not
 * clean; from now on marked as in use. faults: NULL if none are allowed. NULL with *error (the caller's). */
struct db *own_database_open(const struct service *service, const struct settings *settings, struct faults *faults,
                             const struct log *log, char **error);
/* The stop is clean. Where it cannot be stored as clean it is none: the next start checks the database, and a service that ran
 * ends with status 1, which says so. */
void own_database_close(struct db *db, const struct log *log, bool ran);

#endif
