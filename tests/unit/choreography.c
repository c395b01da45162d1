#include "choreography.h"

#include "../../common/outside.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/meta.h"
#include "../../common/store/metrics.h"
#include "../../common/store/outbox.h"
#include "../../notify-svc/service.h"
#include "../../order-svc/service.h"
#include "../../payment-svc/service.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

static void
open_member(struct choreography *c, enum member member, const struct service *service, const void *settings)
{
    const struct meta meta = { service->name, 0, 1, PARTITIONS_IN_TESTS, "" };
    char *error = NULL;
    struct db *db = db_open(":memory:", &c->log, &error);

    ck_assert_msg(db != NULL && meta_open(db, &meta, service->schema, &error) == 0, "%s", error);
    uuid_source_seeded(&c->ids[member], 1000 + (uint64_t)member);
    *db_context(db) = (struct db_context){
        .settings = settings,
        .ids = &c->ids[member],
        .source = service->source,
        .shard = { 0, 1, PARTITIONS_IN_TESTS },
        .metrics = metrics_new(service->metrics),
    };
    c->cores[member] = (struct core){ service, &c->log, db, group_new(db, &c->clock) };
}

void
choreography_open(struct choreography *c)
{
    memset(c, 0, sizeof(*c));
    c->clock = clock_manual(1767225600000);     /* 2026-01-01 */
    c->log = (struct log){ .service = "test", .clock = &c->clock, .level = LOG_ERROR, .fd = -1 };
    arena_init(&c->arena);
    uuid_source_seeded(&c->request_ids, 1);
    uuid_source_seeded(&c->chance, 2);
    c->order_settings.pay_within_s = 900;
    c->notify_settings = (struct notify_settings){
        .channel = "console",
        .webhook_max_tries = 3,
        .webhook_backoff_interval_ms = 1000,
        .webhook_backoff_max_ms = 5000,
    };
    open_member(c, ORDER_SVC, &order_service, &c->order_settings);
    open_member(c, PAYMENT_SVC, &payment_service, &c->payment_settings);
    open_member(c, NOTIFY_SVC, &notify_service, &c->notify_settings);
}

void
choreography_close(struct choreography *c)
{
    for (int i = 0; i < MEMBERS; i++) {
        group_free(c->cores[i].group);
        metrics_free(db_context(c->cores[i].db)->metrics);
        db_close(c->cores[i].db);
    }
    free(c->records);
    arena_release(&c->arena);
}

/* ---- requests ---- */

const char *
new_id(struct choreography *c, const char *prefix)
{
    char id[UUID_TEXT];

    uuid_new(&c->request_ids, clock_now_ms(&c->clock), id);
    return arena_format(&c->arena, "%s%s", prefix, id);
}

struct reply
ask(struct choreography *c, enum member to, const char *method, const char *path, const char *body, const char *key)
{
    struct core *core = &c->cores[to];
    const char *allow;
    struct request request = {
        .in = { .id = new_id(c, "request:"), .received_at = clock_now_ms(&c->clock), .data = body,
                .data_size = body == NULL ? 0 : strlen(body) },
        .method = method,
        .path = path,
        .idempotency_key = key,
        .arena = &c->arena,
    };
    const struct route *route = service_route(core->service, method, path, &c->arena, &request.param, &allow);
    struct reply reply;

    ck_assert_msg(route != NULL, "no route for %s %s", method, path);
    reply = core_request(core, route, &request);
    if (!group_commit(core->group))
        reply = (struct reply){ .status = 503 };
    return reply;
}

const char *
place_order(struct choreography *c, const char *customer)
{
    const char *body = arena_format(&c->arena, "{\"customer_id\":\"%s\",\"currency\":\"EUR\",\"items\":"
                                    "[{\"sku\":\"book\",\"quantity\":2,\"unit_price\":1250}]}", customer);
    struct reply reply = ask(c, ORDER_SVC, "POST", "/orders", body, NULL);

    ck_assert_int_eq(reply.status, 201);
    return reply.location + strlen("/orders/");
}

int
cancel_order(struct choreography *c, const char *order_id)
{
    return ask(c, ORDER_SVC, "POST", arena_format(&c->arena, "/orders/%s/cancellation", order_id), NULL, NULL).status;
}

void
open_account(struct choreography *c, const char *customer, const char *currency, int64_t balance)
{
    const char *path = arena_format(&c->arena, "/accounts/%s", customer);
    const char *body = arena_format(&c->arena, "{\"currency\":\"%s\",\"amount\":%lld}", currency, (long long)balance);

    ck_assert_int_lt(ask(c, PAYMENT_SVC, "PUT", path, body, NULL).status, 300);
    path = arena_format(&c->arena, "%s/deposits", path);
    ck_assert_int_eq(ask(c, PAYMENT_SVC, "POST", path, body, new_id(c, "")).status, 201);
}

/* ---- the broker ---- */

struct envelope
event_about(struct choreography *c, enum envelope_type type, const char *order_id, const char *data)
{
    return (struct envelope){
        .type = type,
        .id = new_id(c, ""),
        .subject = order_id,
        .causation = "request:by-hand",
        .time = clock_now_ms(&c->clock),
        .received_at = clock_now_ms(&c->clock),
        .data = data,
        .data_size = strlen(data),
        .topic = envelope_topic(type),
    };
}

static bool
take(void *context, int64_t seq, const struct envelope *out)
{
    struct choreography *c = context;
    struct broker_record *record;

    (void)seq;
    c->records = memory_resize(c->records, (size_t)c->record_count + 1, sizeof(*c->records));
    record = &c->records[c->record_count++];
    *record = (struct broker_record){ .in = *out };
    record->in.id = arena_text(&c->arena, out->id);
    record->in.subject = arena_text(&c->arena, out->subject);
    record->in.causation = arena_text(&c->arena, out->causation);
    record->in.data = arena_bytes(&c->arena, out->data, out->data_size);
    if (c->refuse >> out->type & 1)         /* it never gets there */
        for (int i = 0; i < MEMBERS; i++)
            record->passed[i] = true;
    return true;
}

static int
relay_one(struct choreography *c, struct core *core)
{
    int first = c->record_count, count = outbox_read(core->db, relay_cursor_load(core->db), 10000, take, c);

    db_end_cause(core->db);
    if (count == 0)
        return 0;
    group_begin(core->group);
    relay_cursor_store(core->db, outbox_last_seq(core->db));
    for (int i = first; i < c->record_count; i++)
        if (c->refuse >> c->records[i].in.type & 1) {
            struct envelope refused = c->records[i].in;

            refused.received_at = clock_now_ms(&c->clock);
            ck_assert_int_eq(core_if_refused(core, &refused, NOTHING_ELSE).how, HANDLED);
        }
    ck_assert(group_commit(core->group));
    return count;
}

int
relay(struct choreography *c)
{
    int count = 0;

    for (int i = 0; i < MEMBERS; i++)
        if (!group_is_open(c->cores[i].group))      /* the relay reads only what is committed */
            count += relay_one(c, &c->cores[i]);
    return count;
}

static struct result
react(struct choreography *c, enum member to, const struct envelope *in)
{
    struct envelope copy = *in;
    struct result result;

    clock_advance(&c->clock, 1);
    copy.received_at = clock_now_ms(&c->clock);
    result = core_react(&c->cores[to], &copy);
    if (result.how == UNDONE_RETRY || result.how == UNDONE_REFUSED || result.how == LOST) {
        c->undone++;
        c->undone_code = result.code;
    }
    return result;
}

struct result
deliver(struct choreography *c, enum member to, const struct envelope *in)
{
    struct result result = react(c, to, in);

    ck_assert(group_commit(c->cores[to].group));
    return result;
}

static bool
is_next(const struct choreography *c, int index, enum member to)
{
    const struct envelope *in = &c->records[index].in;

    if (c->records[index].passed[to] || !service_hears(c->cores[to].service, in->topic))
        return false;
    for (int i = 0; i < index; i++)
        if (!c->records[i].passed[to] && c->records[i].in.topic == in->topic
            && strcmp(c->records[i].in.subject, in->subject) == 0)
            return false;
    return true;
}

static uint64_t
pick(struct choreography *c, uint64_t among)
{
    bool shuffled = c->delivery == SHUFFLED || c->delivery == SHUFFLED_AND_TWICE;

    return shuffled ? uuid_source_next(&c->chance) % among : 0;
}

static void
pass(struct choreography *c, int index, enum member to)
{
    bool twice = c->delivery == TWICE_AT_ONCE || (c->delivery == SHUFFLED_AND_TWICE && pick(c, 2) == 1);
    struct broker_record *record = &c->records[index];

    record->passed[to] = true;
    if (c->set_aside[to] >> record->in.type & 1)
        return;
    react(c, to, &record->in);
    if (twice)
        ck_assert_int_ne(react(c, to, &record->in).how, HANDLED);
    if (pick(c, 3) == 0)                    /* shuffled, a turn may have several causes */
        ck_assert(group_commit(c->cores[to].group));
}

static bool
step(struct choreography *c, const bool hears[MEMBERS])
{
    int candidates[MEMBERS * 1000][2], count = 0;

    for (int i = 0; i < c->record_count; i++)
        for (int to = 0; to < MEMBERS; to++)
            if (hears[to] && count < MEMBERS * 1000 && is_next(c, i, (enum member)to)) {
                candidates[count][0] = i;
                candidates[count++][1] = to;
            }
    if (count > 0) {
        const int *one = candidates[pick(c, (uint64_t)count)];

        pass(c, one[0], (enum member)one[1]);
    }
    return count > 0;
}

static void
run(struct choreography *c, const bool hears[MEMBERS])
{
    bool busy;

    do {
        busy = relay(c) > 0;
        busy = step(c, hears) || busy;
        for (int i = 0; i < MEMBERS; i++)
            if (!busy && group_is_open(c->cores[i].group)) {
                ck_assert(group_commit(c->cores[i].group));
                busy = true;
            }
    } while (busy);
}

void
run_until_quiet(struct choreography *c)
{
    run(c, (const bool[MEMBERS]){ true, true, true });
}

void
run_only(struct choreography *c, enum member one, enum member other)
{
    bool hears[MEMBERS] = { false };

    hears[one] = hears[other] = true;
    run(c, hears);
}

void
deliver_all_again(struct choreography *c)
{
    for (int i = 0; i < c->record_count; i++)
        for (int to = 0; to < MEMBERS; to++)
            if (!(c->refuse >> c->records[i].in.type & 1))
                ck_assert_int_ne(deliver(c, (enum member)to, &c->records[i].in).how, HANDLED);
    ck_assert_int_eq(relay(c), 0);
}

void
set_aside(struct choreography *c, enum member at, enum envelope_type type)
{
    c->set_aside[at] |= 1u << type;
}

void
redrive(struct choreography *c, enum member at, enum envelope_type type)
{
    c->set_aside[at] &= ~(1u << type);
    for (int i = 0; i < c->record_count; i++)
        if (c->records[i].in.type == type)
            deliver(c, at, &c->records[i].in);
}

struct result
give_up(struct choreography *c, enum member at, const struct envelope *in)
{
    struct envelope copy = *in;
    struct result result;

    copy.received_at = clock_now_ms(&c->clock);
    result = core_give_up(&c->cores[at], &copy, NOTHING_ELSE);
    ck_assert(group_commit(c->cores[at].group));
    return result;
}

struct result
expire(struct choreography *c, const char *order_id)
{
    const struct timer *timer = c->cores[ORDER_SVC].service->timers;
    const char *partition = text_of(c, ORDER_SVC, "SELECT partition FROM orders WHERE order_id = :id", order_id);
    struct envelope in = { .id = new_id(c, "timer:expiry:"), .partition = atoi(partition) };
    struct result result;

    clock_advance(&c->clock, (c->order_settings.pay_within_s + 1) * 1000);
    in.received_at = clock_now_ms(&c->clock);
    result = core_timer(&c->cores[ORDER_SVC], timer, &in);
    ck_assert(group_commit(c->cores[ORDER_SVC].group));
    return result;
}

/* ---- the receiver of what notify-svc posts ---- */

enum { POSTS = 64 };

struct posts {
    struct arena *arena;
    struct call calls[POSTS];
    int count;
};

static void
collect(void *context, const struct call *call)
{
    struct posts *posts = context;
    struct call *copy = &posts->calls[posts->count++];

    *copy = *call;
    copy->id = arena_text(posts->arena, call->id);
    copy->subject = arena_text(posts->arena, call->subject);
    copy->kind = arena_text(posts->arena, call->kind);
    copy->traceparent = arena_text(posts->arena, call->traceparent);
    copy->body = arena_text(posts->arena, call->body);
}

int
answer_posts(struct choreography *c, int status)
{
    struct core *core = &c->cores[NOTIFY_SVC];
    struct posts posts = { .arena = &c->arena };
    struct answer answer = { .status = status, .why = status == 0 ? "timed_out" : NULL };
    struct ending ending;

    core->service->outside->due(core->db, clock_now_ms(&c->clock), POSTS, collect, &posts);
    db_end_cause(core->db);
    for (int i = 0; i < posts.count; i++) {
        ck_assert_int_eq(
            outside_answered(core, &posts.calls[i], &answer, clock_now_ms(&c->clock), &ending).how, HANDLED);
        ck_assert(group_commit(core->group));
    }
    return posts.count;
}

const struct envelope *
said(struct choreography *c, const char *order_id, enum envelope_type type)
{
    for (int i = c->record_count - 1; i >= 0; i--)
        if (c->records[i].in.type == type && strcmp(c->records[i].in.subject, order_id) == 0)
            return &c->records[i].in;
    ck_abort_msg("%s was not said", envelope_type_name(type));
    return NULL;
}
