/* ctl status: one screen that answers "is it well, and if not, what do I do?" */
#include "admin.h"
#include "handlers.h"

#include "../backup_job.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "../base/page.h"
#include "../base/when.h"
#include "../node.h"
#include "../room.h"
#include "../store/attempt.h"
#include "../store/db.h"
#include "../store/dead_letter.h"
#include "../store/dead_letter_list.h"
#include "../store/group_commit.h"
#include "../store/meta.h"
#include "../store/operation.h"
#include "../store/outbox.h"
#include "../store/outbox_list.h"
#include "../store/parked.h"
#include "decisions.h"

#include <string.h>
#include <sys/stat.h>

enum { DEGRADED = 20, TEXT_SIZE = 200, ATTEMPTS_SHOWN = 10, OPERATIONS_SHOWN = 3, ERRORS_SHOWN = 5 };

/* ---- the verdict, and what to do ---- */

static void
print_verdict(const struct node *node, struct page *page, int degraded, int decisions)
{
    page_print(page, "%s ", node->service->name);
    if (!node_is_ready(node))
        page_print(page, "does NOT accept writes");
    else if (degraded > 0)
        page_print(page, "accepts writes, but %d %s not as %s should be", degraded, degraded == 1 ? "thing is" : "things are",
                   degraded == 1 ? "it" : "they");
    else
        page_print(page, "is well");
    if (decisions > 0)
        page_print(page, "; %d %s for you", decisions, decisions == 1 ? "decision waits" : "decisions wait");
    page_print(page, "\n");
}

static void
print_troubles(struct node *node, struct page *page)
{
    char texts[DEGRADED][TEXT_SIZE];
    int degraded = node_degraded(node, texts, DEGRADED);
    struct page what_to_do;
    int decisions;

    page_init(&what_to_do, page->arena);
    decisions = decisions_print(node, &what_to_do);
    print_verdict(node, page, degraded, decisions);
    if (degraded > 0)
        page_print(page, "\nnot as it should be; goes on by itself unless something is to be decided\n");
    for (int i = 0; i < degraded; i++) {
        page_print(page, "  ");
        page_bytes(page, texts[i], strlen(texts[i]));
        page_print(page, "\n");
    }
    if (decisions > 0)
        page_print(page, "\nto be decided\n%s", what_to_do.text);
    page_print(page, "\n");
}

/* ---- the parts ---- */

static double
megabytes(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? (double)status.st_size / 1e6 : 0;
}

static void
print_database(const struct node *node, struct page *page)
{
    const char *path = arena_format(page->arena, "%s/%s.db", node->settings->data_dir, node->service->name);

    page_print(page, "database      %s, %.1f MB and %.1f MB of log; %s\n", path, megabytes(path),
               megabytes(arena_format(page->arena, "%s-wal", path)),
               group_is_failing(node->core.group) ? "it takes NO writes" : "it takes writes");
    if (room_stats(node->room)->free_bytes >= 0)
        page_print(page, "disk          %.1f GB free\n", (double)room_stats(node->room)->free_bytes / 1e9);
    if (node->backup != NULL)
        page_print(page, "backup        under way: %d %%\n", backup_job_percent(node->backup));
}

static void
print_shard(const struct node *node, struct page *page)
{
    const struct shard *shard = &db_context(node->core.db)->shard;

    page_print(page, "shard         %d of %d; ctl shard tells what it has\n", shard->index, shard->count);
}

static void
print_broker(struct node *node, struct page *page)
{
    const char *ours = meta_cluster(node->core.db);

    page_print(page, "broker        %s; ours is cluster %s\n", broker_is_known(node->broker) ? "known" : "not known",
               ours == NULL ? "not known yet" : ours);
}

static void
print_outbox(struct node *node, struct page *page, int64_t now_ms)
{
    struct db *db = node->core.db;
    int64_t cursor = relay_cursor(node->relay), oldest = outbox_oldest_after(db, cursor);
    char age[WHEN_TEXT];

    page_print(page, "outbox        %lld rows to be sent, %d under way", (long long)(outbox_last_seq(db) - cursor),
               relay_under_way(node->relay));
    if (oldest != 0)
        page_print(page, ", the oldest said %s ago", when_age(now_ms - oldest, age));
    page_print(page, "\n");
    if (parked_count(db) > 0)
        page_print(page, "              set aside: %lld rows of %lld orders PARKED, %lld WAITING behind them, %lld for their topic\n",
                   (long long)parked_count_state(db, "PARKED"), (long long)parked_keys(db),
                   (long long)parked_count_state(db, "WAITING"), (long long)parked_count_state(db, "WAITING_TOPIC"));
}

static void
print_topic(const struct node *node, struct page *page, enum topic topic)
{
    struct partition_state state;
    int partitions = 0, known = 0, stopped = 0, held = 0;
    int64_t lag = 0;

    for (int i = 0; consumer_partition(node->consumer, i, &state); i++) {
        if (state.topic != topic)
            continue;
        partitions++;
        stopped += state.stopped != NULL;
        held += state.held;
        known += state.lag >= 0;
        lag += state.lag >= 0 ? state.lag : 0;
    }
    if (partitions == 0)
        return;
    page_print(page, "hears         %-18s %3d partitions, ", topic_name(topic), partitions);
    page_print(page, known == partitions ? "%lld behind" : known == 0 ? "how far behind is not known" : "at least %lld behind",
               (long long)lag);
    if (held > 0)
        page_print(page, ", %d tried again", held);
    if (stopped > 0)
        page_print(page, ", %d stopped", stopped);
    page_print(page, "\n");
}

struct attempts_page {
    struct node *node;
    struct page *page;
    int64_t now_ms;
};

static void
print_attempt(void *context, const struct attempt_entry *entry)
{
    struct attempts_page *to = context;
    struct partition_state state;
    char age[WHEN_TEXT], next[WHEN_TEXT] = "";

    for (int i = 0; consumer_partition(to->node->consumer, i, &state); i++)
        if (state.held && strcmp(topic_name(state.topic), entry->topic) == 0 && state.partition == entry->partition)
            when_age(state.again_ms, next);
    page_print(to->page, "              %s/%d offset %lld: failed %d times, the last %s ago: %s%s%s\n", entry->topic,
               entry->partition, (long long)entry->offset, entry->failures, when_age(to->now_ms - entry->last_at, age),
               entry->reason, next[0] == '\0' ? "" : "; again in ", next);
}

static void
print_attempts(struct node *node, struct page *page, int64_t now_ms)
{
    struct attempts_page to = { node, page, now_ms };

    page_print(page, "attempts      %lld events have failed and are tried again\n", (long long)attempts_count(node->core.db));
    attempts_read(node->core.db, ATTEMPTS_SHOWN, print_attempt, &to);
}

static void
print_reason(void *page, const char *reason, int64_t count)
{
    page_print(page, "              %-30s %lld\n", reason, (long long)count);
}

static void
print_letters(struct node *node, struct page *page)
{
    page_print(page, "dead letters  %lld open\n", (long long)dead_letter_count_open(node->core.db));
    dead_letters_by_reason(node->core.db, print_reason, page);
}

static void
print_operation(void *page, const struct operation *operation)
{
    char when[WHEN_TEXT];

    page_print(page, "  %s %s: ", when_text(operation->at, when), operation->who);
    page_bytes(page, operation->what, strlen(operation->what));
    page_print(page, " -> ");
    page_bytes(page, operation->outcome, strlen(operation->outcome));
    page_print(page, "\n");
}

static void
print_errors(const struct node *node, struct page *page)
{
    const struct log_recent *recent = node->log->recent;
    uint64_t shown = recent == NULL ? 0 : recent->count < ERRORS_SHOWN ? recent->count : ERRORS_SHOWN;

    if (shown > 0)
        page_print(page, "\nlast warnings and errors, of %llu since the start\n", (unsigned long long)recent->count);
    for (uint64_t i = 0; i < shown; i++) {
        const char *line = recent->lines[(recent->count - shown + i) % LOG_RECENT];

        page_print(page, "  ");
        page_bytes(page, line, strlen(line));
        page_print(page, "\n");
    }
}

/* ---- the screen ---- */

static void
print_operations(struct node *node, struct page *page)
{
    size_t before;

    page_print(page, "\nlast decisions\n");
    before = page->used;
    operations_read(node->core.db, OPERATIONS_SHOWN, print_operation, page);
    if (page->used == before)
        page_print(page, "  none\n");
}

struct reply
admin_status(struct node *node, struct asked *asked)
{
    struct page page;

    page_init(&page, asked->arena);
    print_troubles(node, &page);
    print_database(node, &page);
    print_shard(node, &page);
    print_broker(node, &page);
    print_outbox(node, &page, asked->now_ms);
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        print_topic(node, &page, (enum topic)topic);
    print_attempts(node, &page, asked->now_ms);
    print_letters(node, &page);
    print_operations(node, &page);
    print_errors(node, &page);
    return admin_say(page.text);
}

struct reply
admin_ready(struct node *node, struct asked *asked)
{
    const char *text = node_readiness_json(node, asked->arena);

    return node_is_ready(node) ? admin_say(text) : admin_refuse(asked, 503, "%s", text);
}
