/* ctl cluster … */
#include "admin.h"
#include "handlers.h"

#include "../base/memory.h"
#include "../node.h"
#include "../node_events.h"
#include "../store/group_commit.h"
#include "../store/meta.h"

#include <string.h>

static void
adopted(struct node *node, const struct asked *asked)
{
    (void)asked;
    node->other_cluster[0] = '\0';
    relay_rewind(node->relay);
    broker_ask(node->broker);
}

/* What the loss of the embedded broker's memory does by itself, after a confirmation: whoever types the id has looked at it.
 * It is read from its beginning, which needs no answer of the broker now. */
struct reply
admin_cluster_adopt(struct node *node, struct asked *asked)
{
    const char *id = argument_text(asked->arguments, "id"), *ours = meta_cluster(node->core.db);

    if (ours != NULL && strcmp(ours, id) == 0)
        return admin_say(arena_format(asked->arena, "nothing changed: %s belongs to this cluster", node->service->name));
    if (node->other_cluster[0] == '\0')
        return admin_refuse(asked, 409, "no other cluster has answered%s%s", broker_is_known(node->broker) ? "" : ": ",
                            broker_is_known(node->broker) ? "" : broker_trouble(node->broker));
    if (strcmp(node->other_cluster, id) != 0)
        return admin_refuse(asked, 409, "the cluster that answers is %s, not %s", node->other_cluster, id);
    group_begin(node->core.group);       /* a cursor that moved in memory belongs to the cluster there was */
    if (!node_commit(node))
        return admin_refuse(asked, 503, "the database takes no writes now, nothing has changed");
    group_cause_begin(node->core.group);
    meta_set_cluster(node->core.db, id);
    node_begin_again(node);
    group_cause_end(node->core.group, true);
    asked->then = adopted;
    return admin_say(arena_format(asked->arena, "done: %s goes over to cluster %s: it is read from its beginning, and told "
                                  "everything that the outbox keeps", node->service->name, id));
}
