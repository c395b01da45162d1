/* After an unclean end: whether the database file is whole. */
#ifndef QUICK_CHECK_H
#define QUICK_CHECK_H

struct clock;
struct db;

/* Reads all of the database, between its opening and its first turn; says in the log that it begins, every 5 s how far it is,
 * and how long it took. 2 GB took 4 s when the file was in memory, as it is after a process died, and 7 s when it was not.
 * -1 with *error (the caller frees it) naming what is damaged and what to do. */
int quick_check(struct db *db, const struct clock *clock, char **error);

/* For a start that could not read: only what is damaged needs a backup. Answers -1 with *error, from the database's failure. */
int quick_check_failed(struct db *db, char **error);

#endif
