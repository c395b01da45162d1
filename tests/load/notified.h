/* Reads the notifications topic: when the customer of each of our orders knew. */
#ifndef NOTIFIED_H
#define NOTIFIED_H

#include <stddef.h>
#include <stdint.h>

struct notified;
struct run;

/* Reads from the end of every partition as it is now; takes its time to find them. NULL with *error (the caller's). */
struct notified *notified_new(struct run *run, char **error);
void notified_free(struct notified *notified);

/* This order is ours. Its notification may have been read already. */
void notified_accepted(struct notified *notified, const char *order_id, int64_t due_us);
/* Of these states (a set) its customer has to be told; at least of one that decides, if the set is empty. */
void notified_expect(struct notified *notified, const char *order_id, unsigned states);
/* The states its customer has been told of, a set; until a play that was accepted ends. */
unsigned notified_heard(struct notified *notified, const char *order_id);
/* Orders whose customers have not been told of everything. */
size_t notified_pending(const struct notified *notified);
/* Each of them is a failure now. */
void notified_give_up(struct notified *notified);

#endif
