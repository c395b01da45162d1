#include "owner.h"

#include "base/uuid.h"
#include "http/request.h"
#include "store/db.h"
#include "store/json.h"

enum { NAME_MAX_LENGTH = 64 };

/* Read as the handler will read it: what it will refuse names nobody. */
static const char *
named_in_body(const struct owner *owner, struct db *db, const struct request *request)
{
    const struct json_rule rules[] = {
        { owner->in_body, owner->whose == AN_ORDERS ? JSON_ID : JSON_NAME, 1, NAME_MAX_LENGTH, false },
        { .name = NULL },
    };
    struct json_value values[JSON_RULES];
    struct json_mistake mistake;

    return json_read(db, request->in.data, rules, values, &mistake) == 0 ? values[0].text : NULL;
}

static const char *
named(const struct owner *owner, struct db *db, const struct request *request)
{
    if (owner->in_body != NULL)
        return named_in_body(owner, db, request);
    return owner->in_query != NULL ? request_query(request, owner->in_query) : request->param;
}

int
owner_shard(const struct owner *owner, struct db *db, const struct request *request)
{
    const struct shard *shard = &db_context(db)->shard;
    const char *name = owner->whose == ANYBODYS ? NULL : named(owner, db, request);

    if (name == NULL)
        return -1;
    if (owner->whose == A_CUSTOMERS)
        return json_is_name(name, 1, NAME_MAX_LENGTH) ? shard_of_customer(shard, name) : -1;
    return uuid_is_valid(name) ? shard_of_order(shard, name) : -1;
}
