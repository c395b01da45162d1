/* ctl outbox … */
#include "admin.h"
#include "handlers.h"

#include "../base/memory.h"
#include "../base/page.h"
#include "../base/when.h"
#include "../node.h"
#include "../store/db.h"
#include "../store/outbox.h"
#include "../store/outbox_list.h"
#include "../store/parked.h"

#include <string.h>

enum { LISTED = 50, REPUBLISHED_AT_ONCE = 20000 };      /* more would hold up the loop: 20,000 rows are about 0.1 s */

/* ---- looking ---- */

struct listing {
    struct page page;
    int count;
};

static void
print_row(void *context, const struct outbox_entry *entry)
{
    struct listing *listing = context;
    char when[WHEN_TEXT];

    listing->count++;
    page_print(&listing->page, "%-9lld %-13s %-20s %-37s %9d  %s%s%s\n", (long long)entry->seq, entry->state, entry->type,
               entry->subject, entry->partition, when_text(entry->said_at, when), entry->reason == NULL ? "" : "  ",
               entry->reason == NULL ? "" : entry->reason);
}

struct reply
admin_outbox_list(struct node *node, struct asked *asked)
{
    int limit = (int)argument_number(asked->arguments, "max", LISTED);
    struct listing listing = { .count = 0 };

    page_init(&listing.page, asked->arena);
    page_print(&listing.page, "%-9s %-13s %-20s %-37s %-9s  %-24s  %s\n", "SEQ", "STATE", "TYPE", "SUBJECT", "PARTITION",
               "SAID AT", "WHY");
    outbox_list(node->core.db, argument_text(asked->arguments, "state"), limit, print_row, &listing);
    if (listing.count == limit)
        page_print(&listing.page, "these are %d rows: --max shows others\n", limit);
    return admin_say(listing.count == 0 ? "no such rows" : listing.page.text);
}

struct reply
admin_outbox_show(struct node *node, struct asked *asked)
{
    int64_t seq = argument_number(asked->arguments, "seq", 0);
    struct outbox_entry entry;
    char when[WHEN_TEXT];
    struct page page;

    if (!outbox_entry_get(node->core.db, seq, &entry))
        return admin_refuse(asked, 404, "there is no row %lld, or none any more", (long long)seq);
    page_init(&page, asked->arena);
    page_print(&page, "seq        %lld\nstate      %s\n", (long long)entry.seq, entry.state);
    if (entry.reason != NULL)
        page_print(&page, "why        %s\n", entry.reason);
    page_print(&page, "type       %s\nsubject    %s\npartition  %d\nevent id   %s\ncaused by  %s\nsaid at    %s\n\n",
               entry.type, entry.subject, entry.partition, entry.event_id, entry.causation,
               when_text(entry.said_at, when));
    page_bytes(&page, entry.data, strlen(entry.data));
    return admin_say(page.text);
}

/* ---- deciding ---- */

struct decision {
    int64_t seq, now_ms;
};

static void
write_retry(struct db *db, const void *what)
{
    const struct decision *decision = what;

    parked_retry(db, decision->seq);
}

static void
write_skip(struct db *db, const void *what)
{
    const struct decision *decision = what;

    parked_skip(db, decision->seq, decision->now_ms);
}

/* Not before the commit: if it fails, the rows are parked still, and later ones have to stay behind them. */
static void
count_parked(struct node *node, const struct asked *asked)
{
    (void)asked;
    relay_count_parked(node->relay);
}

static struct reply
decide(struct node *node, struct asked *asked, void (*write)(struct db *, const void *), const char *done)
{
    struct decision decision = { argument_number(asked->arguments, "seq", 0), asked->now_ms };
    struct outbox_entry entry;

    if (!outbox_entry_get(node->core.db, decision.seq, &entry))
        return admin_refuse(asked, 404, "there is no row %lld, or none any more", (long long)decision.seq);
    if (strcmp(entry.state, "PARKED") != 0)
        return admin_refuse(asked, 409, "row %lld is %s: this is for PARKED ones", (long long)decision.seq, entry.state);
    core_write(&node->core, (struct also){ write, &decision });
    asked->then = count_parked;
    return admin_say(arena_format(asked->arena, "done: row %lld %s", (long long)decision.seq, done));
}

struct reply
admin_outbox_retry(struct node *node, struct asked *asked)
{
    return decide(node, asked, write_retry, "goes again, and what waited behind it");
}

struct reply
admin_outbox_skip(struct node *node, struct asked *asked)
{
    return decide(node, asked, write_skip, "is given up; what waited behind it goes");
}

static void
write_republish(struct db *db, const void *range)
{
    outbox_republish(db, range);
}

struct reply
admin_outbox_republish(struct node *node, struct asked *asked)
{
    struct outbox_range range = {
        .from = argument_number(asked->arguments, "from", 1),
        .to = argument_number(asked->arguments, "to", INT64_MAX),
        .since = argument_number(asked->arguments, "since", 0),
    };
    int64_t count;

    if (argument_text(asked->arguments, "from") == NULL && argument_text(asked->arguments, "since") == NULL)
        return admin_refuse(asked, 400, "outbox republish: --from SEQ or --since TIME is wanted");
    count = outbox_range_count(node->core.db, &range);
    if (count == 0)
        return admin_say("nothing changed: no row of these is kept that was sent");
    if (count > REPUBLISHED_AT_ONCE)
        return admin_refuse(asked, 409, "these are %lld rows; at most %d go at once: narrow them down with --to",
                            (long long)count, REPUBLISHED_AT_ONCE);
    core_write(&node->core, (struct also){ write_republish, &range });
    return admin_say(arena_format(asked->arena, "done: %lld rows go again", (long long)count));
}
