#include "decisions.h"

#include "../base/page.h"
#include "../node.h"
#include "../store/dead_letter_list.h"
#include "../store/outbox_list.h"

#include <string.h>

enum { SHOWN = 6 };

static int
on_cluster(const struct node *node, struct page *page)
{
    if (node->other_cluster[0] == '\0')
        return 0;
    page_print(page, "  another cluster answers than the one that positions and outbox belong to: wait for the old one, or\n"
               "      %s ctl cluster adopt %s\n", node->service->name, node->other_cluster);
    return 1;
}

/* Halted by a word that ends it, or because of the log: then it stops again unless it is told where to read. */
static void
print_stopped(const struct node *node, const struct partition_state *state, struct page *page)
{
    const char *topic = topic_name(state->topic);

    page_print(page, "  %s/%d is not read: %s\n      %s ctl consumer %s %s %d%s\n", topic, state->partition, state->stopped,
               node->service->name, state->halted ? "resume" : "reset", topic, state->partition,
               state->halted ? "" : " --to earliest");
}

static int
on_partitions(const struct node *node, struct page *page)
{
    struct partition_state state;
    int stopped = 0;

    for (int i = 0; consumer_partition(node->consumer, i, &state); i++)
        if (state.stopped != NULL && stopped++ < SHOWN)
            print_stopped(node, &state, page);
    if (stopped > SHOWN)
        page_print(page, "  and %d more partitions are not read\n", stopped - SHOWN);
    return stopped;
}

struct letters {
    const struct node *node;
    struct page *page;
    int reasons;
};

static void
print_reason(void *context, const char *reason, int64_t count)
{
    struct letters *letters = context;

    if (letters->reasons++ < SHOWN)
        page_print(letters->page, "  %lld dead letters of reason %s: look, mend the cause, then redrive or discard\n"
                   "      %s ctl dead-letters list --state OPEN --reason %s\n", (long long)count, reason,
                   letters->node->service->name, reason);
}

static int
on_letters(struct node *node, struct page *page)
{
    struct letters letters = { .node = node, .page = page };

    dead_letters_by_reason(node->core.db, print_reason, &letters);
    if (letters.reasons > SHOWN)
        page_print(page, "  and dead letters of %d more reasons\n", letters.reasons - SHOWN);
    return letters.reasons;
}

static int
on_parked(struct node *node, struct page *page)
{
    int64_t keys = parked_keys(node->core.db);

    if (keys == 0)
        return 0;
    page_print(page, "  the broker refuses rows of %lld orders: mend the cause, then outbox retry, or skip them\n"
               "      %s ctl outbox list --state PARKED\n", (long long)keys, node->service->name);
    return 1;
}

int
decisions_print(struct node *node, struct page *page)
{
    return on_cluster(node, page) + on_partitions(node, page) + on_parked(node, page) + on_letters(node, page);
}
