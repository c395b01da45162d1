#include "shards.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What order-svc's database says of itself; the check "identity" sees to it that the other two say the same. */
struct identity {
    int shard, shards;
    char kind[400];         /* what is the same in all shards */
};

static const struct population shards = { "shards", NULL };
static const struct check all_there = { "shards", 0, &shards, "are all that this set has, each once", NULL };

static void
take(void *context, const char *const *columns)
{
    struct identity *identity = context;

    identity->shard = atoi(columns[0]);
    identity->shards = atoi(columns[1]);
    snprintf(identity->kind, sizeof(identity->kind), "%s", columns[2]);
}

static bool
is_there_before(const struct identity *identities, int index)
{
    for (int i = 0; i < index; i++)
        if (identities[i].shard == identities[index].shard)
            return true;
    return false;
}

/* What is wrong with the one at this index; NULL if nothing is. */
static const char *
mistake(const struct identity *identities, int index, int count, char text[200])
{
    const struct identity *one = &identities[index];

    if (one->shards != count)
        snprintf(text, 200, "this is shard %d of %d, and %d %s audited: name all of them", one->shard, one->shards, count,
                 count == 1 ? "is" : "are");
    else if (is_there_before(identities, index))
        snprintf(text, 200, "shard %d of %d is there twice", one->shard, one->shards);
    else if (strcmp(one->kind, identities[0].kind) != 0)
        snprintf(text, 200, "shard %d differs from shard %d in schema version, partitions or topic prefix", one->shard,
                 identities[0].shard);
    else
        return NULL;
    return text;
}

int64_t
shards_check(struct audit *const *audits, int count, const struct audit_listener *listener)
{
    static const char sql[] = "SELECT shard, shards, format('%d %d %s', schema_version, partitions, topic_prefix)"
                              "  FROM order_svc.meta";
    struct identity identities[SHARDS_AT_MOST] = { { .shard = 0 } };
    struct finding finding = { .examined = count };

    for (int i = 0; i < count; i++) {
        char text[200];

        audit_select(audits[i], sql, NULL, take, &identities[i]);
        if (mistake(identities, i, count, text) == NULL)
            continue;
        finding.violations++;
        listener->on_violation(listener->context, &all_there, &(struct violation){ .what = text });
    }
    listener->on_checked(listener->context, &all_there, &finding);
    return finding.violations;
}
