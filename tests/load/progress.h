/* The line that tells how a run goes: overwritten in place on a terminal, one below the other in a file. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stddef.h>

struct results;
struct second;

/* The line, without its end. A second without a notification tells of what it has, settled or created. */
void progress_text(const struct results *results, const struct second *second, char *text, size_t room);
/* On stderr. */
void progress_print(struct results *results, const struct second *second);

#endif
