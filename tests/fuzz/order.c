/* The body of POST /orders, through the real route and handler. What was accepted is read back, said, understood by those who
 * hear it, and accepted again; what was refused has written nothing. */
#include "../../common/base/memory.h"
#include "../../common/base/record.h"
#include "../../common/base/text.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/outbox.h"
#include "fuzz.h"
#include "input.h"
#include "json.h"
#include "members.h"

#include <stdlib.h>
#include <string.h>

static int64_t
rows(struct db *db)
{
    return kept_number(db, "SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM order_item) + (SELECT count(*) FROM "
                           "outbox) + (SELECT count(*) FROM order_history) + (SELECT count(*) FROM idempotency_key)");
}

/* What is stored adds up to what was answered. */
static void
check_rows(struct db *db, const char *answer)
{
    static const char stored[] =
        "SELECT count(*) FROM orders JOIN (SELECT order_id, sum(quantity * unit_price) AS total, count(*) AS lines,"
        "                                         json_group_array(json_object('sku', sku, 'quantity', quantity,"
        "                                                                      'unit_price', unit_price)) AS items"
        "                                    FROM (SELECT * FROM order_item ORDER BY order_id, line) GROUP BY order_id) USING (order_id)"
        " WHERE order_id = json_extract(:json, '$.order_id') AND amount = total"
        "   AND amount = json_extract(:json, '$.amount') AND currency = json_extract(:json, '$.currency')"
        "   AND customer_id = json_extract(:json, '$.customer_id') AND items = json_extract(:json, '$.items')"
        "   AND status = 'CREATED' AND json_extract(:json, '$.status') = 'CREATED'";
    static const char said[] =
        "SELECT count(*) FROM outbox WHERE seq = (SELECT max(seq) FROM outbox) AND type = 'order.created'"
        "   AND subject = json_extract(:json, '$.order_id') AND json_extract(data, '$.amount') = json_extract(:json, '$.amount')"
        "   AND json_extract(data, '$.items') = json_extract(:json, '$.items')";

    MUST(db_number(db, stored, FIELDS(TEXT("json", answer)), 0) == 1, "the rows are not as the answer says: %s", answer);
    MUST(db_number(db, said, FIELDS(TEXT("json", answer)), 0) == 1, "the event is not as the answer says: %s", answer);
    db_end_cause(db);
}

/* The speaker accepted it, so the listener has to understand it. */
static bool
hear(void *context, int64_t seq, const struct envelope *out)
{
    struct member *payment = member_of(PAYMENT);
    struct record_room room;
    struct record record = record_of_event(out, &room);
    int64_t letters = (int64_t)intake_stats(payment->intake)->dead_letters;

    (void)context, (void)seq;
    record.offset = 1;
    MUST(member_hear(payment, &record).how == TAKEN, "payment-svc does not take %s", out->data);
    MUST((int64_t)intake_stats(payment->intake)->dead_letters == letters, "payment-svc does not understand %s", out->data);
    return false;
}

static void
check_said(struct db *db)
{
    MUST(outbox_read(db, kept_number(db, "SELECT max(seq) - 1 FROM outbox"), 1, hear, NULL) == 1, "nothing was said");
    db_end_cause(db);
}

static void
check_accepted(struct member *order, struct arena *arena, const struct reply *reply)
{
    const char *body = arena_text(arena, reply->body);
    const char *items = arena_text(arena, json_text_at(body, "$.items"));
    struct reply read = member_ask(order, arena, "GET", reply->location, NULL, NULL), again;

    MUST(read.status == 200 && strcmp(read.body, body) == 0, "it is read as %s, not %s", read.body, body);
    check_rows(order->core.db, body);
    check_said(order->core.db);
    again = member_ask(order, arena, "POST", "/orders", body, NULL);
    MUST(again.status == 201, "its own answer is no order: %s: %s", body, again.body);
    MUST(strcmp(json_text_at(again.body, "$.items"), items) == 0,
         "the second time the items are others: %s", again.body);
}

void
fuzz_order(const char *bytes, size_t size)
{
    struct member *order = member_of(ORDER);
    struct piece piece = { bytes, size };
    char *body = piece_text(&piece);
    struct arena arena;
    struct reply reply;
    int64_t before;

    arena_init(&arena);
    if (strlen(body) == size && text_is_utf8(body, size)) {         /* the server sees to that: http.c */
        before = rows(order->core.db);
        reply = member_ask(order, &arena, "POST", "/orders", body, NULL);
        MUST(reply.status == 201 || reply.status == 400 || reply.status == 422, "status %d: %s", reply.status, reply.body);
        if (reply.status == 201)
            check_accepted(order, &arena, &reply);
        else
            json_must_be_problem(reply.body, reply.status);
        MUST(reply.status == 201 || rows(order->core.db) == before, "refused, and written: %s", body);
        members_put_back();
    }
    arena_release(&arena);
    free(body);
}
