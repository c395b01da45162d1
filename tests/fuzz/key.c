/* Requests that write, with and without Idempotency-Keys, one after the other: a line "KEY WHAT BODY" each, WHAT one of those
 * in the table below, KEY "-" for none. A model of what was answered says what has to be answered next. */
#include "../../common/base/memory.h"
#include "../../common/base/text.h"
#include "../../common/store/db.h"
#include "fuzz.h"
#include "input.h"
#include "json.h"
#include "members.h"

#include <stdlib.h>
#include <string.h>

enum { REQUESTS = 12 };

static const struct {
    const char *name;
    enum which to;
    const char *path;
    bool by_customer;           /* the same key of another customer is another key */
} kinds[] = {
    { "order", ORDER, "/orders", true },
    { "cancel1", ORDER, "/orders/01900000-0000-7000-8000-000000000001/cancellation", false },
    { "cancel2", ORDER, "/orders/01900000-0000-7000-8000-000000000002/cancellation", false },
    { "alice", PAYMENT, "/accounts/alice/deposits", false },
    { "bob", PAYMENT, "/accounts/bob/deposits", false },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* One that was answered with success. */
struct answered {
    int kind;
    const char *key, *customer, *body, *reply;
    int status;
};

struct story {
    struct arena arena;
    struct answered answered[REQUESTS];
    int count;
};

static const char *
text_or_empty(struct story *story, const char *text)
{
    return arena_text(&story->arena, text == NULL ? "" : text);
}

/* As they are compared: blanks do not make another body. */
static struct answered
describe(struct story *story, int kind, const char *key, const char *body)
{
    const char *minimal = json_minimal(body);
    struct answered one = { .kind = kind, .key = key };

    one.body = text_or_empty(story, minimal == NULL ? body : minimal);
    one.customer = text_or_empty(story, kinds[kind].by_customer ? json_text_at(body, "$.customer_id") : NULL);
    return one;
}

static const struct answered *
find(const struct story *story, const struct answered *one)
{
    for (int i = 0; i < story->count; i++)
        if (story->answered[i].kind == one->kind && strcmp(story->answered[i].key, one->key) == 0
            && strcmp(story->answered[i].customer, one->customer) == 0)
            return &story->answered[i];
    return NULL;
}

static int64_t
rows(enum which which)
{
    static const char *const sql[] = {
        [ORDER] = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM order_history) + (SELECT count(*) FROM "
                  "idempotency_key)",
        [PAYMENT] = "SELECT (SELECT count(*) FROM ledger) + (SELECT count(*) FROM idempotency_key)",
    };

    return kept_number(member_of(which)->core.db, sql[which]);
}

static void
check_again(const struct answered *before, const struct answered *now, const struct reply *reply, bool wrote)
{
    MUST(!wrote, "a key that was used writes again: %s", now->body);
    if (strcmp(before->body, now->body) != 0) {
        MUST(reply->status == 422, "the key with another body: %d", reply->status);
        return;
    }
    MUST(reply->replayed && reply->status == before->status && strcmp(reply->body, before->reply) == 0,
         "the same request is answered %s, not %s", reply->body, before->reply);
}

static void
ask(struct story *story, int kind, const char *key, const char *body)
{
    enum which to = kinds[kind].to;
    struct answered now = describe(story, kind, key == NULL ? "" : key, body);
    const struct answered *before = key == NULL ? NULL : find(story, &now);
    int64_t count = rows(to);
    struct reply reply = member_ask(member_of(to), &story->arena, "POST", kinds[kind].path, body, key);
    bool wrote = rows(to) != count;

    if (reply.status >= 400) {
        json_must_be_problem(reply.body, reply.status);
        MUST(!wrote, "refused with %d, and written", reply.status);
    }
    if (before != NULL) {
        check_again(before, &now, &reply, wrote);
    } else {
        MUST(!reply.replayed, "a new request gets an old answer");
        now.status = reply.status;
        now.reply = reply.body;
        if (reply.status < 300 && key != NULL)
            story->answered[story->count++] = now;
    }
}

/* "KEY WHAT BODY" in place; the server lets nothing else through as a key. */
static void
take_line(struct story *story, char *line)
{
    char *key = strsep(&line, " "), *what = strsep(&line, " ");
    size_t size = strlen(key);
    int kind = 0;

    while (what != NULL && kind < KINDS && strcmp(kinds[kind].name, what) != 0)
        kind++;
    if (what == NULL || kind == KINDS || size == 0 || size > 255)
        return;
    for (const char *c = key; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            return;
    ask(story, kind, strcmp(key, "-") == 0 ? NULL : arena_text(&story->arena, key), line == NULL ? "" : line);
}

static void
check_money(void)
{
    MUST(kept_number(member_of(PAYMENT)->core.db,
                     "SELECT count(*) FROM account WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM ledger"
                     " WHERE ledger.customer_id = account.customer_id)") == 0, "a balance is not the sum of its ledger");
}

void
fuzz_key(const char *bytes, size_t size)
{
    struct input input = input_of(bytes, size);
    struct story story = { .count = 0 };
    struct piece piece;

    arena_init(&story.arena);
    for (int i = 0; i < REQUESTS && input_take(&input, '\n', &piece); i++) {
        char *line = piece_text(&piece);

        if (strlen(line) == piece.size && text_is_utf8(line, piece.size))
            take_line(&story, line);
        free(line);
    }
    check_money();
    members_put_back();
    arena_release(&story.arena);
}
