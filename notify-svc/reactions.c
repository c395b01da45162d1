#include "reactions.h"

#include "../common/store/json.h"
#include "notification_store.h"

#include <string.h>

struct outcome
on_news(struct db *db, const struct envelope *in)
{
    struct notification notification;
    bool at_once;

    if (notification_from(db, in, &notification) != 0)
        return REFUSED("malformed_event");
    at_once = strcmp(notification.channel, "console") == 0;      /* the row itself is what the customer reads */
    notification.status = at_once ? "SENT" : "PENDING";
    if (!notification_insert(db, in, &notification))
        return DONE_BEFORE;
    return at_once ? notification_say(db, in, notification.kind, NOTIFICATION_SENT) : DONE;
}

struct outcome
fail_notification(struct db *db, const struct envelope *in)
{
    struct notification notification;

    notification_from(db, in, &notification);
    notification.status = "FAILED";
    if (!notification_insert(db, in, &notification))
        return DONE_BEFORE;
    return notification_say(db, in, notification.kind, NOTIFICATION_FAILED);
}

/* ---- completions ---- */

/* Which notification of the order it was, and how long the next try has to wait if there is to be one. */
static const char *
kind_of(struct db *db, const struct envelope *in, int64_t *wait_ms)
{
    static const struct json_rule rules[] = {
        { "kind", JSON_TEXT, 1, 20, false },
        { "wait_ms", JSON_INTEGER, 0, INT32_MAX, true },
        { .name = NULL },
    };
    struct json_value values[JSON_RULES];
    struct json_mistake mistake;

    if (json_read(db, in->data, rules, values, &mistake) != 0)
        return "";
    *wait_ms = values[1].number;
    return values[0].text;
}

static struct outcome
end(struct db *db, const struct envelope *in, const char *status, enum envelope_type type)
{
    int64_t wait_ms;
    const char *kind = kind_of(db, in, &wait_ms);

    if (!notification_end_if_pending(db, in, kind, status))
        return DONE_BEFORE;
    return notification_say(db, in, kind, type);
}

struct outcome
on_delivered(struct db *db, const struct envelope *in)
{
    return end(db, in, "SENT", NOTIFICATION_SENT);
}

struct outcome
on_undeliverable(struct db *db, const struct envelope *in)
{
    return end(db, in, "FAILED", NOTIFICATION_FAILED);
}

struct outcome
on_delivery_postponed(struct db *db, const struct envelope *in)
{
    int64_t wait_ms = 0;
    const char *kind = kind_of(db, in, &wait_ms);

    return notification_postpone(db, in, kind, wait_ms) ? DONE : DONE_BEFORE;
}
