/* Whether a service is at rest: nothing is left to do, to say or to read. */
#include "member.h"

#include "../../common/kafka/consumer.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/parked.h"
#include "../../common/store/position.h"
#include "cluster.h"
#include "sim.h"

static const char *
unread(struct member *member)
{
    static char text[100];
    struct partition_state state;

    for (int i = 0; consumer_partition(member->node->consumer, i, &state); i++) {
        int64_t next = positions_get(member->node->positions, state.topic, state.partition)->next;

        if (state.stopped == NULL && next >= cluster_end((int)state.topic, state.partition))
            continue;
        snprintf(text, sizeof(text), "%s/%d is read up to %lld of %lld: %s", topic_name(state.topic), state.partition,
                 (long long)next, (long long)cluster_end((int)state.topic, state.partition),
                 state.stopped == NULL ? "lags" : state.stopped);
        return text;
    }
    return NULL;
}

const char *
member_unrest(struct member *member)
{
    static const char unsent[] = "SELECT (SELECT coalesce(max(seq), 0) FROM outbox) > (SELECT seq FROM relay_cursor)";
    static const char untold[] = "SELECT count(*) FROM notification WHERE status = 'PENDING'";
    static const char undecided[] = "SELECT count(*) FROM orders WHERE status = 'CREATED'";

    if (member->node == NULL)
        return "does not run";
    if (group_is_open(member->group) || relay_dirty(member->node->relay) || positions_dirty(member->node->positions))
        return "has a commit to do";
    if (!broker_is_known(member->node->broker))
        return broker_trouble(member->node->broker);
    if (db_number(member->db, unsent, NULL, 1) != 0 || parked_count(member->db) > 0)
        return "has something to say";
    if (member == &sim.members[AUDIT_NOTIFY] && db_number(member->db, untold, NULL, 1) != 0)
        return "has customers to tell";
    if (member == &sim.members[AUDIT_ORDER] && db_number(member->db, undecided, NULL, 1) != 0)
        return "has orders that nobody has decided";
    return unread(member);
}
