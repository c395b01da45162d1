#include "customer.h"

#include "arguments.h"

#include <stdio.h>

enum { OTHERS = 10 };

static const enum customer_kind with_account[] = { CUSTOMER_FUNDED, CUSTOMER_POOR, CUSTOMER_HOT };

enum { KINDS_WITH_ACCOUNT = sizeof(with_account) / sizeof(with_account[0]) };

int64_t
customer_count(const struct arguments *arguments, enum customer_kind kind)
{
    return kind == CUSTOMER_FUNDED ? arguments->customers : kind == CUSTOMER_HOT ? 1 : OTHERS;
}

void
customer_name(const struct arguments *arguments, enum customer_kind kind, int64_t number, char name[CUSTOMER_NAME])
{
    static const char *const kinds[CUSTOMER_KINDS] = { "", "poor-", "unknown-", "hot-" };

    snprintf(name, CUSTOMER_NAME, "load-%lld-%s%lld", (long long)arguments->seed, kinds[kind], (long long)number);
}

int64_t
customer_accounts(const struct arguments *arguments)
{
    int64_t accounts = 0;

    for (int i = 0; i < KINDS_WITH_ACCOUNT; i++)
        accounts += customer_count(arguments, with_account[i]);
    return accounts;
}

enum customer_kind
customer_of_account(const struct arguments *arguments, int64_t account, int64_t *number)
{
    int i = 0;

    while (account >= customer_count(arguments, with_account[i]))
        account -= customer_count(arguments, with_account[i++]);
    *number = account + 1;
    return with_account[i];
}
