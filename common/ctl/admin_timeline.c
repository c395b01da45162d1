/* ctl timeline: all that this service knows of one order, in the order of time. */
#include "admin.h"
#include "handlers.h"

#include "../base/memory.h"
#include "../base/page.h"
#include "../base/when.h"
#include "../node.h"
#include "../store/dead_letter_list.h"
#include "../store/outbox_list.h"

#include <stdlib.h>

enum { MOMENTS = 500 };       /* an order has a dozen; the rest is not shown */

struct moment {
    int64_t at;
    int place;                /* what happened at the same time keeps its order */
    const char *what;
};

struct timeline {
    struct arena *arena;
    int count;
    struct moment moments[MOMENTS];
};

static void
add(void *context, int64_t at, const char *what)
{
    struct timeline *timeline = context;

    if (timeline->count == MOMENTS)
        return;
    timeline->moments[timeline->count] = (struct moment){ at, timeline->count, arena_text(timeline->arena, what) };
    timeline->count++;
}

static void
add_row(void *context, const struct outbox_entry *entry)
{
    struct timeline *timeline = context;

    add(timeline, entry->said_at, arena_format(timeline->arena, "says %s (outbox row %lld, %s), caused by %s", entry->type,
                                               (long long)entry->seq, entry->state, entry->causation));
}

static void
add_letter(void *context, const struct letter_entry *entry)
{
    struct timeline *timeline = context;

    add(timeline, entry->received_at,
        arena_format(timeline->arena, "sets %s aside: %s (dead letter %lld, %s)", entry->type == NULL ? "-" : entry->type,
                     entry->reason, (long long)entry->id, entry->state));
}

static int
by_time(const void *left_, const void *right_)
{
    const struct moment *left = left_, *right = right_;

    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    return left->place - right->place;
}

struct reply
admin_timeline(struct node *node, struct asked *asked)
{
    const char *id = argument_text(asked->arguments, "id");
    struct timeline *timeline = arena_alloc(asked->arena, sizeof(*timeline));
    char when[WHEN_TEXT];
    struct page page;

    *timeline = (struct timeline){ .arena = asked->arena };
    node->service->timeline(node->core.db, id, add, timeline);
    outbox_list_about(node->core.db, id, add_row, timeline);
    dead_letters_about(node->core.db, id, add_letter, timeline);
    if (timeline->count == 0)
        return admin_refuse(asked, 404, "%s knows nothing of order %s", node->service->name, id);
    qsort(timeline->moments, (size_t)timeline->count, sizeof(timeline->moments[0]), by_time);
    page_init(&page, asked->arena);
    for (int i = 0; i < timeline->count; i++)
        page_print(&page, "%s  %s\n", when_text(timeline->moments[i].at, when), timeline->moments[i].what);
    return admin_say(page.text);
}
