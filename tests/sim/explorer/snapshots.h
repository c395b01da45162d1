/* What a database can hold: each content that it has ever had is kept under a number, and comes back at will. Two contents
 * are the same when every row of every table is. */
#ifndef SNAPSHOTS_H
#define SNAPSHOTS_H

struct snapshots;
struct sqlite3;

/* Of an open database, to which another one in memory is attached. No transaction may be open in any of the calls. */
struct snapshots *snapshots_new(struct sqlite3 *sqlite);
/* Before the database is closed. */
void snapshots_free(struct snapshots *snapshots);

/* The number of what the database holds now: from 0 on, the same for the same. */
int snapshots_take(struct snapshots *snapshots);
/* Makes it hold that again. */
void snapshots_restore(struct snapshots *snapshots, int number);
int snapshots_count(const struct snapshots *snapshots);

#endif
