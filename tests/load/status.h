/* Where an order is, as its customer sees it, and which moves are possible. Sets of states are sets of bits. */
#ifndef LOAD_STATUS_H
#define LOAD_STATUS_H

#include <stdbool.h>
#include <stddef.h>

enum status {
    NOT_ORDERED = 0,
    CREATED = 1,
    PAID = 2,
    REJECTED = 4,
    CANCELLED = 8,
    REFUNDED = 16
};

enum { STATUS_TEXT = 64 };      /* all names with " or " between */

/* The state called so (size bytes); NOT_ORDERED if there is none. */
enum status status_parse(const char *name, size_t size);
/* The state whose notification is of this kind: "paid", "rejected", "cancelled", "refunded". */
enum status status_of_kind(const char *kind);
/* "PAID or REFUNDED". */
const char *status_names(unsigned set, char text[STATUS_TEXT]);

/* An order may be seen in `later` after it was seen in `earlier`. */
bool status_may_follow(enum status earlier, enum status later);
/* The last one that an order went through which has been in all of these; NOT_ORDERED if there are none. */
enum status status_latest(unsigned set);
/* No order can have been in all of these. */
bool status_contradict(unsigned set);
/* An order that is seen in this state may yet be seen in one of the set. */
bool status_may_reach(enum status status, unsigned set);

#endif
