/* Who the customers of a run are: their names, and how many there are. */
#ifndef CUSTOMER_H
#define CUSTOMER_H

#include "flow.h"

enum { CUSTOMER_NAME = 64 };

struct arguments;

/* How many there are of this kind. */
int64_t customer_count(const struct arguments *arguments, enum customer_kind kind);
/* That of one of them, numbered from 1. */
void customer_name(const struct arguments *arguments, enum customer_kind kind, int64_t number, char name[CUSTOMER_NAME]);

/* Those with an account are numbered from 0 through all kinds; the number within its kind, from 1, is left in *number. */
int64_t customer_accounts(const struct arguments *arguments);
enum customer_kind customer_of_account(const struct arguments *arguments, int64_t account, int64_t *number);

#endif
