/* The last resort for a dead letter that the database will not have: a file beside it, synced record by record, and
 * brought into the database later. */
#ifndef FALLBACK_H
#define FALLBACK_H

#include "base/record.h"
#include "set_aside.h"

struct faults;

/* Appends the dead letter as it came from its topic, and syncs. -1 with errno. faults: its crash points; may be NULL. */
int fallback_add(const char *path, const struct record *record, struct arena *arena, struct faults *faults);

/* Keeps what the file holds, each once, and removes the file when all is durable. Answers how many it held; 0 if there is
 * no file; -1 if something in it is still refused: then it stays as it is. */
int fallback_import(const char *path, const struct set_aside *how);

#endif
