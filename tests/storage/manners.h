/* How a service has to take what its storage does: ends itself only for what is broken, says why, and holds no event
 * responsible. */
#ifndef MANNERS_H
#define MANNERS_H

struct member;

/* It did not start. */
void manners_not_started(struct member *member, const char *error);
/* Before its database is closed, whatever has ended it. */
void manners_at_the_end(struct member *member);
/* After a stop that could not be stored as clean. A full disk or a lock is no mistake of the file: it ends as it was asked to. */
void manners_unclean_end(struct member *member);

#endif
