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

static const char *
kind_of(struct db *db, const struct envelope *in)
{
    static const struct json_rule rules[] = { { "kind", JSON_TEXT, 1, 20, false }, { .name = NULL } };
    struct json_value values[JSON_RULES];
    struct json_mistake mistake;

    return json_read(db, in->data, rules, values, &mistake) == 0 ? values[0].text : "";
}

static struct outcome
end(struct db *db, const struct envelope *in, const char *status, enum envelope_type type)
{
    const char *kind = kind_of(db, in);

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
    return notification_count_try(db, in, kind_of(db, in)) ? DONE : DONE_BEFORE;
}
