/* What a database says of the order, without ids, times and positions: ends that differ in nothing else are judged once. */
#include "turns_private.h"

#include "../../../common/store/db.h"

enum { QUERIES = 8 };

/* Each answers one text. */
static const char *const common[QUERIES] = {
    ("SELECT group_concat(type || sequence || (SELECT count(*) FROM outbox o WHERE o.event_id = outbox.event_id), ' ')"
     "  FROM outbox"),
    "SELECT group_concat(type || state, ' ') FROM outbox_parked",
    "SELECT group_concat(type || state || reason || tries, ' ') FROM dead_letter",
    "SELECT count(*) FROM attempt",
    "SELECT count(*) FROM idempotency_key",
};

static const char *const own[AUDITED][QUERIES] = {
    [AUDIT_ORDER] = {
        "SELECT status || ifnull(reason, '') || (closed_at IS NULL) || version FROM orders",
        "SELECT group_concat(what || status || ifnull(detail, ''), ' ') FROM order_history",
        "SELECT group_concat(kind || outcome, ' ') FROM order_notice",
    },
    [AUDIT_PAYMENT] = {
        "SELECT status || ifnull(reason, '') || version FROM payment",
        "SELECT group_concat(kind || amount, ' ') FROM ledger",
        "SELECT group_concat(balance, ' ') FROM account",
        "SELECT group_concat(outcome, ' ') FROM processed_event",
    },
    [AUDIT_NOTIFY] = {
        "SELECT group_concat(kind || channel || status || tries, ' ') FROM notification",
        "SELECT group_concat(outcome, ' ') FROM processed_event",
    },
};

static uint64_t
add(uint64_t hash, struct actor *actor, const char *const queries[QUERIES])
{
    for (int i = 0; i < QUERIES && queries[i] != NULL; i++) {
        for (const char *c = actor_text(actor, queries[i], NULL); *c != '\0'; c++)
            hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
        hash = (hash ^ 256) * UINT64_C(0x100000001b3);
    }
    return hash;
}

uint64_t
turns_essence(struct actor *actor)
{
    return add(add(UINT64_C(0xcbf29ce484222325), actor, common), actor, own[actor->which]);
}
