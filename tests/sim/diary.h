/* What happened to each order of a run, so that it can be drawn if one of them ends wrong. */
#ifndef DIARY_H
#define DIARY_H

#include "sequence.h"

struct member;

enum column diary_column(const struct member *member);

/* Texts are literals or live as long as the run; order_id is copied. A note without an order concerns all of them. */
void diary_arrow(enum column from, enum column to, const char *order_id, const char *text);
void diary_note(enum column at, char mark, const char *order_id, const char *text);

/* Draws the order, from the first thing that happened to it to the last. */
void diary_draw(const char *order_id, FILE *out);
void diary_release(void);

#endif
