/* ctl shard: which one this is, and which one has a customer or an order. */
#include "admin.h"
#include "handlers.h"

#include "../base/page.h"
#include "../base/uuid.h"
#include "../node.h"
#include "../store/db.h"
#include "../store/json.h"

/* "shard 1 of 2" */
static void
print_shard(struct page *page, const struct shard *shard, int index)
{
    page_print(page, "shard %d of %d", index, shard->count);
    if (index != shard->index)
        page_print(page, " (this is shard %d)", shard->index);
}

/* "partitions 1, 3, 5 of 6" */
static void
print_partitions(struct page *page, const struct shard *shard, int index)
{
    page_print(page, "partitions");
    for (int partition = index; partition < shard->partitions; partition += shard->count)
        page_print(page, "%s%d", partition == index ? " " : ", ", partition);
    page_print(page, " of %d\n", shard->partitions);
}

static void
print_order(struct page *page, const struct shard *shard, const char *id)
{
    print_shard(page, shard, shard_of_order(shard, id));
    page_print(page, " has order %s: partition %d of %d\n", id, shard_partition(shard, id), shard->partitions);
}

static void
print_customer(struct page *page, const struct shard *shard, const char *id)
{
    int index = shard_of_customer(shard, id);

    print_shard(page, shard, index);
    page_print(page, " has customer %s, with orders on ", id);
    print_partitions(page, shard, index);
}

/* A UUID is an order's id, and some people's customers have one, too: both are said. */
struct reply
admin_shard(struct node *node, struct asked *asked)
{
    const struct shard *shard = &db_context(node->core.db)->shard;
    const char *id = argument_text(asked->arguments, "of");
    struct page page;

    page_init(&page, asked->arena);
    if (id == NULL) {
        print_shard(&page, shard, shard->index);
        page_print(&page, " has ");
        print_partitions(&page, shard, shard->index);
        return admin_say(page.text);
    }
    if (!json_is_name(id, 1, 64))
        return admin_refuse(asked, 400, "shard: --of must be a customer's or an order's id, not \"%s\"", id);
    if (uuid_is_valid(id))
        print_order(&page, shard, id);
    print_customer(&page, shard, id);
    return admin_say(page.text);
}
