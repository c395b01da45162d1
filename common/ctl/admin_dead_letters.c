/* ctl dead-letters … */
#include "admin.h"
#include "handlers.h"

#include "../base/memory.h"
#include "../base/page.h"
#include "../base/when.h"
#include "../node.h"
#include "../redrive.h"
#include "../store/db.h"
#include "../store/dead_letter.h"
#include "../store/dead_letter_list.h"

#include <string.h>

enum { LISTED = 50, MOST_LISTED = 10000, REDRIVEN_AT_ONCE = 100000 };

/* ---- looking ---- */

static const char *
or_dash(const char *text)
{
    return text == NULL ? "-" : text;
}

struct listing {
    struct page page;
    int count;
};

static void
print_letter(void *context, const struct letter_entry *entry)
{
    struct listing *listing = context;
    char when[WHEN_TEXT], place[64];

    listing->count++;
    snprintf(place, sizeof(place), "%.20s/%d/%lld", entry->topic, entry->partition, (long long)entry->offset);
    page_print(&listing->page, "%-7lld %-10s %-24s %-25s %-20.20s %-37.37s %5d  %s\n", (long long)entry->id, entry->state,
               entry->reason, place, or_dash(entry->type), or_dash(entry->subject), entry->tries,
               when_text(entry->received_at, when));
}

static void
print_id(void *page, int64_t id)
{
    page_print(page, "%lld\n", (long long)id);
}

static struct reply
list_ids(struct node *node, struct asked *asked)
{
    struct page page;

    page_init(&page, asked->arena);
    dead_letters_open_ids(node->core.db, argument_text(asked->arguments, "reason"),
                          (int)argument_number(asked->arguments, "max", REDRIVEN_AT_ONCE), print_id, &page);
    return admin_say(page.text);
}

struct reply
admin_dead_letters_list(struct node *node, struct asked *asked)
{
    const struct arguments *arguments = asked->arguments;
    int limit = (int)argument_number(arguments, "max", LISTED);
    struct listing listing = { .count = 0 };

    if (argument_text(arguments, "ids") != NULL)
        return list_ids(node, asked);
    if (limit > MOST_LISTED)
        limit = MOST_LISTED;
    page_init(&listing.page, asked->arena);
    page_print(&listing.page, "%-7s %-10s %-24s %-25s %-20s %-37s %-5s  %s\n", "ID", "STATE", "REASON",
               "TOPIC/PARTITION/OFFSET", "TYPE", "ORDER", "TRIES", "SET ASIDE");
    dead_letters_list(node->core.db, argument_text(arguments, "reason"), argument_text(arguments, "state"), limit,
                      print_letter, &listing);
    if (listing.count == limit)
        page_print(&listing.page, "these are the first %d: --max shows others\n", limit);
    return admin_say(listing.count == 0 ? "no dead letters" : listing.page.text);
}

static void
print_record(struct page *page, const struct kept_letter *letter)
{
    const struct record *record = &letter->record;

    page_print(page, "key        ");
    page_bytes(page, record->key, record->key_size);
    if (!letter->has_headers)
        page_print(page, "\nheaders    not kept");
    for (int i = 0; letter->has_headers && i < record->header_count; i++) {
        page_print(page, "\nheader     ");
        page_bytes(page, record->headers[i].name, strlen(record->headers[i].name));
        page_print(page, "=");
        page_bytes(page, record->headers[i].value, record->headers[i].size);
    }
    page_print(page, "\n\n");
    page_bytes(page, record->value, record->value_size);
}

struct reply
admin_dead_letters_show(struct node *node, struct asked *asked)
{
    int64_t id = argument_number(asked->arguments, "id", 0);
    struct letter_entry entry;
    struct kept_letter letter;
    char when[WHEN_TEXT];
    struct page page;

    if (!dead_letter_entry_get(node->core.db, id, &entry) || !dead_letter_load(node->core.db, id, &letter))
        return admin_refuse(asked, 404, "there is no dead letter %lld", (long long)id);
    page_init(&page, asked->arena);
    page_print(&page, "id         %lld\nstate      %s\nreason     %s: %s\nset aside  %s\ntries      %d\n", (long long)id,
               entry.state, entry.reason, entry.message, when_text(entry.received_at, when), entry.tries);
    page_print(&page, "read from  %s partition %d offset %lld, cluster %s\nwritten    %s\n", entry.topic, entry.partition,
               (long long)entry.offset, entry.cluster, when_text(letter.record.timestamp, when));
    print_record(&page, &letter);
    return admin_say(page.text);
}

/* ---- deciding ---- */

struct reply
admin_dead_letters_redrive(struct node *node, struct asked *asked)
{
    static const int statuses[] = {
        [REDRIVEN] = 200, [REDRIVEN_BEFORE] = 200, [REDRIVE_FAILED] = 409, [REDRIVE_IMPOSSIBLE] = 409,
        [REDRIVE_UNKNOWN] = 404, [REDRIVE_LOST] = 503,
    };
    int64_t id = argument_number(asked->arguments, "id", 0);
    struct redrive result;

    if (id == 0)
        return admin_refuse(asked, 400, "dead-letters redrive: the service takes one ID at a time");
    result = redrive_letter(&node->core, id, asked->now_ms, asked->arena);
    if (statuses[result.how] == 200)
        return admin_say(result.text);
    return admin_refuse(asked, statuses[result.how], "%s", result.text);
}

static void
write_discarded(struct db *db, const void *id)
{
    dead_letter_close(db, *(const int64_t *)id, "DISCARDED");
}

struct reply
admin_dead_letters_discard(struct node *node, struct asked *asked)
{
    int64_t id = argument_number(asked->arguments, "id", 0);
    struct letter_entry entry;

    if (!dead_letter_entry_get(node->core.db, id, &entry))
        return admin_refuse(asked, 404, "there is no dead letter %lld", (long long)id);
    if (strcmp(entry.state, "OPEN") != 0)
        return admin_refuse(asked, 409, "dead letter %lld is %s already", (long long)id, entry.state);
    core_write(&node->core, (struct also){ write_discarded, &id });
    return admin_say(arena_format(asked->arena, "done: dead letter %lld is discarded", (long long)id));
}
