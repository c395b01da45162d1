/* What a load driver was told: a file of lines "acknowledged|refused|unknown ORDER_ID|- KEY|- FLOW". */
#ifndef HISTORY_H
#define HISTORY_H

struct sqlite3;

/* Adds its lines to the table told. -1 with *error naming file and line (the caller's). */
int history_read(struct sqlite3 *sqlite, const char *path, char **error);
/* Adds one line; order_id may be NULL. */
void history_add(struct sqlite3 *sqlite, const char *outcome, const char *order_id, const char *key);

#endif
