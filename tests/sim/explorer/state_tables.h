/* The tables of EVENTS.md that say what happens in which state: made from the handlers, so that the document cannot differ
 * from them without a test saying so. */
#ifndef STATE_TABLES_H
#define STATE_TABLES_H

#include <stdio.h>

enum state_table { TABLE_OF_ORDERS, TABLE_OF_PAYMENTS, TABLE_OF_NOTIFICATIONS, STATE_TABLES };

/* "orders" */
const char *state_table_name(enum state_table which);

/* The table as Markdown. Each cell is a database of its own; what happens in it then happens once more, and whatever is
 * wrong with that, or with the money or the timeline, is a line to complaints. Answers how many of these there were. */
int state_table_write(enum state_table which, FILE *out, FILE *complaints);

/* The document with the tables as they are, the caller's; each stands between two comments of Markdown, "table of NAME" and
 * "end of table". NULL if one has no place; then *missing is its name. */
char *state_tables_put(const char *document, const char **missing);

#endif
