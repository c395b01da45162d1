#include "webhook.h"

#include "../common/base/memory.h"
#include "../common/base/uuid.h"
#include "../common/http/url.h"
#include "../common/outside.h"
#include "../common/store/db.h"
#include "notification_store.h"

#include <string.h>

static struct outside_options
options(const void *settings_)
{
    const struct notify_settings *settings = settings_;

    return (struct outside_options){
        .url = settings->webhook_url,
        .timeout_ms = (int)settings->webhook_timeout_ms,
        .max_in_flight = (int)settings->webhook_max_in_flight,
    };
}

/* Doubled at each try up to a limit; half of it is chance, so that posts which failed together come back one by one. */
static int64_t
wait_ms(struct db *db, int64_t tries)
{
    const struct notify_settings *settings = db_context(db)->settings;
    int64_t ms = settings->webhook_backoff_interval_ms;

    for (int64_t i = 0; i < tries && ms < settings->webhook_backoff_max_ms; i++)
        ms *= 2;
    if (ms > settings->webhook_backoff_max_ms)
        ms = settings->webhook_backoff_max_ms;
    return ms - (int64_t)(uuid_source_next(db_context(db)->ids) % (uint64_t)(ms / 2 + 1));
}

/* The receiver says that it will never take this one. 408 and 429 say: not now. */
static bool
is_refusal(int status)
{
    return status >= 400 && status < 500 && status != 408 && status != 429;
}

static struct ending
judge(struct db *db, const struct call *call, const struct answer *answer)
{
    const struct notify_settings *settings = db_context(db)->settings;
    struct arena *arena = db_scratch(db);
    const char *data = arena_format(arena, "{\"kind\":\"%s\"}", call->kind);

    if (answer->status / 100 == 2)
        return (struct ending){ .completion = "delivered", .data = data };
    if (is_refusal(answer->status) || call->tries + 1 >= settings->webhook_max_tries)
        return (struct ending){ .completion = "undeliverable", .data = data, .given_up = true };
    data = arena_format(arena, "{\"kind\":\"%s\",\"wait_ms\":%lld}", call->kind, (long long)wait_ms(db, call->tries));
    return (struct ending){ .completion = "postponed", .data = data };
}

const struct outside webhook = {
    .name = "webhook",
    .options = options,
    .due = notifications_due,
    .pending = notifications_pending,
    .judge = judge,
};

/* An address without the channel is fine: what is PENDING still goes there. */
int
webhook_check_settings(const void *settings_, FILE *errors)
{
    const struct notify_settings *settings = settings_;
    bool wanted = strcmp(settings->channel, "webhook") == 0 || settings->webhook_url[0] != '\0';
    struct url url;
    const char *wrong = wanted ? url_read(settings->webhook_url, &url) : NULL;
    int mistakes = 0;

    if (wrong != NULL) {
        settings_complain(errors, "WEBHOOK_URL", wrong, settings->webhook_url);
        mistakes++;
    }
    if (settings->webhook_backoff_max_ms < settings->webhook_backoff_interval_ms) {
        fprintf(errors, "WEBHOOK_BACKOFF_MAX_MS: must be at least WEBHOOK_BACKOFF_INTERVAL_MS, %lld, not \"%lld\"\n",
                (long long)settings->webhook_backoff_interval_ms, (long long)settings->webhook_backoff_max_ms);
        mistakes++;
    }
    return mistakes;
}
