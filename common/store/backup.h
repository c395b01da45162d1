/* A backup of the database while it is in use: copied in small steps between turns, so that the service goes on. */
#ifndef BACKUP_H
#define BACKUP_H

struct backup;
struct db;

enum backup_state { BACKUP_GOES_ON, BACKUP_DONE, BACKUP_FAILED };

/* Begins one into path, which must not be there: first into path.partial, mode 0600, renamed when it is complete and synced.
 * NULL with *error (the caller frees it). */
struct backup *backup_new(struct db *db, const char *path, char **error);
/* Copies the next 64 pages, 256 KB: half a millisecond if they are in memory. Call it from a timer while no turn is open; in an open turn it does
 * nothing. What is committed between the steps is in the backup, too: it shows the database as it is at the last step, with
 * all that was committed before the first. A turn that is undone makes it begin again. BACKUP_FAILED sets *error.
 * Not to be called after DONE or FAILED. */
enum backup_state backup_step(struct backup *backup, char **error);
/* How much of it is done, in percent; a database that grows may bring it down. */
int backup_percent(const struct backup *backup);
/* One that is not done leaves nothing behind. NULL does nothing. */
void backup_free(struct backup *backup);

#endif
