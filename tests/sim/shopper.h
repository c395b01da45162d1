/* A customer: opens an account, and pays in from time to time. */
#ifndef SHOPPER_H
#define SHOPPER_H

#include "agenda.h"
#include "customers.h"

struct response;

struct shopper {
    struct task task;
    struct told_account told;
    const char *currency;
    int deposits;                    /* still to be made */
    int64_t amount;                  /* of each */
    char key[40];
    int64_t wait_us;                 /* before the next try */
};

/* The first step is on the agenda. */
void shopper_start(struct shopper *shopper, int number);

/* "customer-7", or with another number that is nobody else's: one that belongs to the shard of this run. Whoever belongs to
 * another one would be sent away. */
const char *name_here(const char *kind, int number);

/* For orders, too: whether a customer knows what became of a request; and once more, later each time. */
enum { FIRST_WAIT_US = 20000, LAST_WAIT_US = 60000000 };
bool is_known(const struct response *answer);
void try_again(struct task *task, int64_t *wait_us);

#endif
