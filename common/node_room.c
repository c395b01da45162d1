/* Room in a running service: when the consumer rests, which requests are refused, and what /metrics shows of it. */
#include "node.h"

#include "http/exposition.h"
#include "http/problem.h"
#include "http/server.h"
#include "retention.h"
#include "room.h"
#include "store/group_commit.h"
#include "store/outbox.h"

#include <stdio.h>
#include <string.h>

enum { RETRY_AFTER_S = 5 };

/* The consumer rests from a turn that was undone (node.c) until a commit worked and there is room; try_to_write sees to
 * that commit. */
void
node_look_for_room(struct node *node)
{
    room_look(node->room, outbox_last_seq(node->core.db) - relay_cursor(node->relay));
    if (room_is_full(node->room))
        consumer_rest(node->consumer);
    else if (!group_is_failing(node->core.group))
        consumer_go_on(node->consumer);
}

/* Before a turn is opened for it. What only reads is answered, whatever is short. */
bool
node_refuse_for_room(struct node *node, struct exchange *exchange)
{
    const char *why;
    struct reply reply;

    if (strcmp(exchange->request.method, "GET") == 0 || (why = room_refusal(node->room)) == NULL)
        return false;
    reply = problem_reply(&exchange->arena, PROBLEM_UNAVAILABLE, NULL, why);
    reply.retry_after_s = RETRY_AFTER_S;
    node_answer(node, exchange, reply);
    return true;
}

static void
by_shortage(struct exposition *out, enum shortage what, double value)
{
    char labels[40];

    snprintf(labels, sizeof(labels), "what=\"%s\"", shortage_name(what));
    exposition_sample(out, labels, value);
}

void
node_write_room(const struct node *node, struct exposition *out)
{
    const struct room_stats *stats = room_stats(node->room);
    const char *name;
    char labels[60];
    uint64_t rows;

    exposition_metric(out, "disk_free_bytes", "gauge", "Free on the disk of DATA_DIR; -1 if that is not known.");
    exposition_sample(out, NULL, (double)stats->free_bytes);
    exposition_metric(out, "disk_free_limit_bytes", "gauge", "MIN_FREE_DISK_MB: with less free, writes are refused.");
    exposition_sample(out, NULL, (double)(node->settings->min_free_disk_mb * 1024 * 1024));
    exposition_metric(out, "outbox_pending_limit", "gauge", "OUTBOX_MAX_PENDING: with so many pending, writes are refused.");
    exposition_sample(out, NULL, (double)node->settings->outbox_max_pending);
    exposition_metric(out, "disk_ballast", "gauge", "1 while the ballast is there.");
    exposition_sample(out, NULL, stats->ballast);
    exposition_metric(out, "short_of", "gauge", "1 while writes are refused because it is short.");
    for (int what = 0; what < SHORTAGES; what++)
        by_shortage(out, what, room_short_of(node->room, what) != NULL);
    exposition_metric(out, "short_of_refused_total", "counter", "Requests refused because it was short.");
    for (int what = 0; what < SHORTAGES; what++)
        by_shortage(out, what, (double)stats->refused[what]);
    exposition_metric(out, "rows_forgotten_total", "counter", "Rows deleted by retention.");
    for (int i = 0; retention_count(node->retention, i, &name, &rows); i++) {
        snprintf(labels, sizeof(labels), "table=\"%s\"", name);
        exposition_sample(out, labels, (double)rows);
    }
}
