/* What two clients of order-svc say to its real server (dialogue.h says how it is written): each answer is well-formed, errors
 * are problems, and what was written is what was answered. */
#include "../../common/store/db.h"
#include "dialogue.h"
#include "fuzz.h"
#include "json.h"
#include "kept.h"

#include <string.h>

/* What was answered. */
struct tally {
    int created, changed;       /* 201; other answers of success that may have changed something */
    bool unheard;               /* somebody may not have heard an answer */
};

/* libevent itself refuses what it cannot read, with a page and in the version that the client has named. Then it closes the
 * connection, which it does not say of a request in absolute form: it takes that for a proxy's. */
static bool
is_of_libevent(const struct response *response)
{
    return strcmp(response->type, "text/html") == 0
           && (response->status == 400 || response->status == 413 || response->status == 417 || response->status == 501);
}

static bool
is_ours(int status)
{
    static const int statuses[] = { 100, 200, 201, 400, 401, 404, 405, 408, 409, 413, 415, 421, 422, 503 };

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i] == status)
            return true;
    return false;
}

static void
check_error(const struct response *response)
{
    if (is_of_libevent(response))
        return;
    MUST(strcmp(response->type, "application/problem+json") == 0, "an error %d of type %s", response->status, response->type);
    if (response->body != NULL)
        json_must_be_problem(response->body, response->status);
}

static void
check_success(const struct response *response)
{
    if (response->body != NULL && strcmp(response->type, "application/json") == 0)
        MUST(json_holds(response->body), "no JSON: %s", response->body);
}

static void
take(void *context, const struct client *client, const struct response *response)
{
    struct tally *tally = context;

    MUST(is_of_libevent(response) || (is_ours(response->status) && !response->odd_version), "status %d", response->status);
    if (response->status >= 400)
        check_error(response);
    else
        check_success(response);
    tally->created += response->status == 201 && !response->replayed;
    tally->changed += response->status == 200;
    tally->unheard |= client->half_closed;
}

/* Before an input there are five orders, each with one row in the outbox, two dead letters and no keys (fixture.c). */
static void
check_rows(const struct tally *tally)
{
    struct db *db = served_node()->core.db;
    int64_t orders = kept_number(db, "SELECT count(*) - 5 FROM orders");
    int64_t rows = kept_number(db, "SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM "
                                   "order_history) + (SELECT count(*) FROM idempotency_key) - 15");

    MUST(orders == tally->created || (tally->unheard && orders > tally->created), "%lld orders, and %d were answered",
         (long long)orders, tally->created);
    MUST(rows == 0 || tally->created + tally->changed > 0 || tally->unheard, "refused, and written");
    MUST(kept_number(db, "SELECT count(*) FROM orders WHERE order_id NOT IN (SELECT subject FROM outbox WHERE type = "
                         "'order.created')") == 0, "an order of which nothing is said");
}

void
fuzz_http(const char *bytes, size_t size)
{
    struct node *node = served_node();
    struct client clients[SERVED_CLIENTS];
    struct tally tally = { 0 };

    (void)node;
    served_connect(clients, false);
    dialogue_play(clients, bytes, size);
    for (int i = 0; i < SERVED_CLIENTS; i++)
        tally.unheard |= clients[i].half_closed;
    dialogue_answers(clients, bytes, size, take, &tally);
    check_rows(&tally);
    served_end(clients);
}
