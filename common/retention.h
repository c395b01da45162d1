/* Retention: rows that nobody needs any more are deleted, each commit taking a few with it; idle time catches up. Business
 * rows (orders, payments, the ledger, notifications) and dead letters are kept for ever. */
#ifndef RETENTION_H
#define RETENTION_H

#include <stdbool.h>
#include <stdint.h>

struct clock;
struct core;
struct retention;
struct settings;

/* For the tables that the service has. The core must live longer. */
struct retention *retention_new(const struct core *core, const struct settings *settings, const struct clock *clock);
void retention_free(struct retention *retention);

/* Sent events go again to an embedded broker that has lost its memory: there a short time is enough. But while none is known
 * all of them stay: one that comes back empty gets what a listener may not have read. */
void retention_know_broker(struct retention *retention, bool embedded);
void retention_forget_broker(struct retention *retention);

/* Group commit. Deletes, of each table, at most twice as many rows as the turn has causes. */
void retention_before_commit(void *retention);
void retention_after_commit(void *retention, bool committed);
/* A few times a second: true if nothing else was committed since the last call and there are rows to delete; a turn with
 * some of them is open then, for the caller to commit. */
bool retention_begin_idle_turn(struct retention *retention);

/* Rows deleted so far of the table with this number, from 0, and its name; false past the last one. */
bool retention_count(const struct retention *retention, int table, const char **name, uint64_t *rows);

#endif
