#include "http_accounts.h"

#include "../common/base/memory.h"
#include "../common/http/problem.h"
#include "../common/store/json.h"
#include "payment_store.h"

static struct reply
mistaken(const struct request *request, const struct json_mistake *mistake)
{
    return problem_reply(request->arena, mistake->field == NULL ? PROBLEM_MALFORMED_JSON : PROBLEM_INVALID_FIELD,
                         mistake->field, mistake->detail);
}

static struct reply
ok(const struct request *request, int status, const char *json)
{
    return (struct reply){ .status = status, .body = arena_text(request->arena, json) };
}

static struct reply
refuse(const struct request *request, enum account_change change)
{
    if (change == ACCOUNT_UNKNOWN)
        return problem_reply(request->arena, PROBLEM_NOT_FOUND, NULL,
                             "there is no account of this customer: PUT /accounts/{customer_id} opens one");
    if (change == ACCOUNT_OTHER_CURRENCY)
        return problem_reply(request->arena, PROBLEM_CONFLICT, "currency", "the account is in another currency");
    return problem_reply(request->arena, PROBLEM_CONFLICT, "amount", "all deposits together would be too large");
}

/* The path's customer obeys the same rule as one in a body. */
static int
check_customer(const struct request *request, struct json_mistake *mistake)
{
    if (json_is_name(request->param, 1, 64))
        return 0;
    *mistake = (struct json_mistake){ "customer_id", "must be 1 to 64 letters, digits and . _ - @ only" };
    return -1;
}

struct reply
put_account(struct db *db, const struct request *request)
{
    static const struct json_rule rules[] = { { "currency", JSON_CURRENCY, 3, 3, false }, { .name = NULL } };
    struct json_value values[JSON_RULES];
    struct json_mistake mistake;
    enum account_change change;

    if (check_customer(request, &mistake) != 0
        || json_read(db, request->in.data, rules, values, &mistake) != 0)
        return mistaken(request, &mistake);
    change = account_open(db, request->param, values[0].text, request->in.received_at);
    if (change == ACCOUNT_OTHER_CURRENCY)
        return refuse(request, change);
    return ok(request, change == ACCOUNT_CHANGED ? 201 : 200, account_json(db, request->param));
}

struct reply
get_account(struct db *db, const struct request *request)
{
    const char *json = account_json(db, request->param);

    return json == NULL ? refuse(request, ACCOUNT_UNKNOWN) : ok(request, 200, json);
}

struct reply
post_deposit(struct db *db, const struct request *request)
{
    static const struct json_rule rules[] = {
        { "amount", JSON_INTEGER, 1, 9007199254740991, false },
        { "currency", JSON_CURRENCY, 3, 3, false },
        { .name = NULL },
    };
    struct json_value values[JSON_RULES];
    struct json_mistake mistake;
    enum account_change change;

    if (json_read(db, request->in.data, rules, values, &mistake) != 0)
        return mistaken(request, &mistake);
    change = account_deposit(db, &request->in, request->param, values[1].text, values[0].number);
    return change == ACCOUNT_CHANGED ? ok(request, 201, account_json(db, request->param)) : refuse(request, change);
}

struct reply
get_payment(struct db *db, const struct request *request)
{
    const char *json = payment_json(db, request->param);

    return json == NULL ? problem_reply(request->arena, PROBLEM_NOT_FOUND, NULL, "nothing was decided about this order")
                        : ok(request, 200, json);
}
