/* Draws what happened to an order as a sequence: a column for each party, time downwards, an arrow for each message. Plain
 * text, so that it can stand in a terminal, an issue or a commit message. */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include <stdio.h>

/* The services stand in the order of enum audited, from COLUMN_SERVICES on. */
enum column { COLUMN_CLIENT, COLUMN_SERVICES, COLUMN_BROKER = COLUMN_SERVICES + 3, COLUMNS };

/* The names of the columns. */
void sequence_head(FILE *out);
/* From one column to another; of a text that is too long the end is cut. when: a time or a number, at the left. */
void sequence_arrow(FILE *out, const char *when, enum column from, enum column to, const char *text);
/* Something that happens to one: mark is what stands on its line, '*' for a step, '!' for a failure, 'X' for a death. */
void sequence_note(FILE *out, const char *when, enum column at, char mark, const char *text);

#endif
