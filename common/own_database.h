/* A service's own database, from its start to its clean stop. */
#ifndef OWN_DATABASE_H
#define OWN_DATABASE_H

struct db;
struct faults;
struct log;
struct service;
struct settings;

/* SERVICE.db in the data folder: made or brought up to date, checked to be ours, and to be whole if its last end was not
 * clean; from now on marked as in use. faults: NULL if none are allowed. NULL with *error (the caller's). */
struct db *own_database_open(const struct service *service, const struct settings *settings, struct faults *faults,
                             const struct log *log, char **error);
/* The stop is clean. -1 if that cannot be stored, db_failure_text() says why: then it is none, the next start checks the database,
 * and this one is left open for the process to end. */
int own_database_close(struct db *db);

#endif
