#include "state_look.h"

#include "../../../common/store/db.h"

#include <string.h>

static int64_t
number(struct actor *actor, const char *sql)
{
    return db_number(actor->core.db, sql, NULL, 0);
}

struct look
look_at(struct actor *actor)
{
    static const char order[] = "SELECT status FROM orders", why[] = "SELECT reason FROM orders",
        payment[] = "SELECT status FROM payment", declined[] = "SELECT reason FROM payment",
        notification[] = "SELECT status FROM notification",
        unbalanced[] = "SELECT count(*) FROM account WHERE balance <> (SELECT sum(amount) FROM ledger)";
    struct look look = { .status = "", .reason = "", .said = number(actor, "SELECT count(*) FROM outbox") };

    if (actor->which == AUDIT_ORDER) {
        look.status = actor_text(actor, order, NULL);
        look.reason = actor_text(actor, why, NULL);
        look.closed = number(actor, "SELECT count(closed_at) FROM orders");
        look.notices = number(actor, "SELECT count(*) FROM order_notice");
        look.history = number(actor, "SELECT count(*) FROM order_history");
    } else if (actor->which == AUDIT_PAYMENT) {
        look.status = actor_text(actor, payment, NULL);
        look.reason = actor_text(actor, declined, NULL);
        look.odd = number(actor, unbalanced);
    } else {
        look.status = actor_text(actor, notification, NULL);
        look.tries = number(actor, "SELECT total(tries) FROM notification");
    }
    db_end_cause(actor->core.db);
    return look;
}

static const char *
add(struct actor *actor, const char *words, const char *word)
{
    return *words == '\0' ? word : arena_format(&actor->arena, "%s, %s", words, word);
}

static const char *
moved(struct actor *actor, const struct look *before, const struct look *after)
{
    if (*after->reason == '\0')
        return after->status;
    if (strcmp(before->reason, after->reason) == 0)
        return arena_format(&actor->arena, "%s, reason kept", after->status);
    return arena_format(&actor->arena, "%s (%s)", after->status, after->reason);
}

const char *
look_difference(struct actor *actor, const struct look *before, const struct look *after)
{
    static const char last[] = "SELECT 'says ' || type FROM outbox ORDER BY seq DESC LIMIT 1";
    const char *words = "";

    if (strcmp(before->status, after->status) != 0)
        words = add(actor, words, moved(actor, before, after));
    else if (after->tries > before->tries)
        words = add(actor, words, "posted again later, same id");
    if (after->notices > before->notices)
        words = add(actor, words, "noted");
    if (after->closed > before->closed)
        words = add(actor, words, "closed");
    for (int64_t i = before->said; i < after->said; i++)
        words = add(actor, words, actor_text(actor, last, NULL));
    db_end_cause(actor->core.db);
    return words;
}
