/* What several checks ask for, gathered once into temporary tables and views; audit.h lists them. */
#ifndef FACTS_H
#define FACTS_H

struct sqlite3;

/* The empty table told, to be filled before the others are gathered. */
int facts_begin(struct sqlite3 *sqlite, char **error);
/* All others but the table said, from the attached databases. -1 with *error (the caller's). */
int facts_gather(struct sqlite3 *sqlite, char **error);
int facts_gather_events(struct sqlite3 *sqlite, char **error);

#endif
