/* What SQLite does not have, for the statements of the services. */
#ifndef FUNCTIONS_H
#define FUNCTIONS_H

struct sqlite3;

/* rfc3339(ms): "2026-01-31T12:00:00.000Z", as strftime makes it, in a fifth of its time; NULL of NULL. A code of SQLite. */
int functions_add(struct sqlite3 *sqlite);

#endif
