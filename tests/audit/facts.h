/* What several checks ask for, gathered once into temporary tables and views; audit.h lists them. */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>

struct sqlite3;

/* The empty table told, to be filled before the others are gathered. */
int facts_begin(struct sqlite3 *sqlite, char **error);
/* All others but the table said, from the attached databases. -1 with *error (the caller's). */
int facts_gather(struct sqlite3 *sqlite, char **error);
/* to_compare: with what their records are compared by. */
int facts_gather_events(struct sqlite3 *sqlite, bool to_compare, char **error);
/* After these: what the checks of the records ask for; the records of this broker are there. */
int facts_gather_records(struct sqlite3 *sqlite, const char *broker, char **error);

/* Between the files of it: runs statements. */
int facts_run(struct sqlite3 *sqlite, const char *sql, char **error);

#endif
