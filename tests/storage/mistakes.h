/* Mistakes made on purpose, to see that they are found. */
#ifndef MISTAKES_H
#define MISTAKES_H

#include <stdbool.h>

struct sqlite3;

enum mistake { NO_MISTAKE, SYNC_OFF, SYNC_NORMAL, COMMIT_SWALLOWED, ERROR_SWALLOWED, REPLY_FIRST, MISTAKES };

const char *mistake_name(enum mistake mistake);
const char *mistake_what(enum mistake mistake);
/* MISTAKES for a name that is none. */
enum mistake mistake_parse(const char *name);

void mistake_make(enum mistake mistake);
/* Of a process: its database is open. */
void mistake_at_start(struct sqlite3 *sqlite);

#endif
