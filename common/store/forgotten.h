/* What retention has deleted, for whoever looks for rows that may be gone: the auditor. */
#ifndef FORGOTTEN_H
#define FORGOTTEN_H

#include <stdint.h>

struct db;

/* Rows of the table written before this time (ms since 1970) may be gone; in the transaction that deletes some. */
void forgotten_note(struct db *db, const char *table, int64_t until);

#endif
