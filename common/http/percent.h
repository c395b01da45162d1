/* Percent-encoding, RFC 3986, 2.1. */
#ifndef PERCENT_H
#define PERCENT_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* The first size bytes of text, decoded into the arena. In a query '+' stands for a blank. NULL if the encoding is
 * malformed, or stands for NUL or for what is not UTF-8. */
char *percent_decode(struct arena *arena, const char *text, size_t size, bool is_query);

/* Text for a query: all but letters, digits and - . _ ~ encoded. */
char *percent_encode(struct arena *arena, const char *text);

#endif
