#include "floor.h"

#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/base/memory.h"
#include "../../common/base/uuid.h"
#include "../../common/service.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/meta.h"
#include "../../common/store/outbox.h"
#include "../../notify-svc/notification.h"
#include "../../notify-svc/service.h"
#include "../../order-svc/order.h"
#include "../../order-svc/service.h"
#include "../../payment-svc/service.h"

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ORDERS_A_GROUP = 100, GROUPS = 60 };

struct bare {
    struct core core;
    struct uuid_source ids;
    int64_t said;         /* outbox rows up to here were handed on */
};

static void
open_bare(struct bare *bare, const struct service *service, const void *settings, const char *folder,
          const struct log *log)
{
    struct meta meta = { service->name, 0, 1, 12, "" };
    char path[4096], *error;

    snprintf(path, sizeof(path), "%.3900s/%s.db", folder, service->name);
    bare->core.db = db_open(path, log, &error);
    if (bare->core.db == NULL || meta_open(bare->core.db, &meta, service->schema, &error) != 0)
        errx(1, "%s", error);
    uuid_source_random(&bare->ids);
    *db_context(bare->core.db) =
        (struct db_context){ .settings = settings, .ids = &bare->ids, .source = service->source, .shard = { 0, 1, 12 } };
    bare->core.service = service;
    bare->core.log = log;
    bare->core.group = group_new(bare->core.db, log->clock);
}

static void
request(struct bare *bare, const char *method, const char *path, const char *body, const char *key, struct arena *arena)
{
    const char *param = NULL, *allow;
    const struct route *route = service_route(bare->core.service, method, path, arena, &param, &allow);
    char id[UUID_TEXT];
    struct request in = { .method = method, .path = path, .param = param, .idempotency_key = key, .arena = arena };

    uuid_new(&bare->ids, clock_now_ms(bare->core.log->clock), id);
    in.in = (struct envelope){ .id = arena_format(arena, "request:%s", id), .data = body, .data_size = strlen(body),
                               .received_at = clock_now_ms(bare->core.log->clock) };
    if (core_request(&bare->core, route, &in).status >= 400)
        errx(1, "%s %s was refused", method, path);
}

static bool
hear(void *context, int64_t seq, const struct envelope *out)
{
    struct bare *listeners[3], **listener = listeners;
    struct envelope in = *out;

    (void)seq;
    memcpy(listeners, context, sizeof(listeners));
    in.received_at = out->time;
    for (; *listener != NULL; listener++)
        core_react(&(*listener)->core, &in);
    return true;
}

/* What `speaker` has said is heard by the others, each in one turn. */
static void
hand_on(struct bare *speaker, struct bare *one, struct bare *other)
{
    struct bare *listeners[3] = { one, other, NULL };
    int64_t last = outbox_last_seq(speaker->core.db);

    outbox_read(speaker->core.db, speaker->said, 100000, hear, listeners);
    speaker->said = last;
    relay_cursor_store(speaker->core.db, last);
    group_commit(one->core.group);
    if (other != NULL)
        group_commit(other->core.group);
}

static int64_t
cpu_now_us(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return floor_usage_us(&usage);
}

static void
take_orders(struct bare *order, struct arena *arena)
{
    for (int i = 0; i < ORDERS_A_GROUP; i++) {
        char key[UUID_TEXT];

        uuid_new(&order->ids, 1, key);
        request(order, "POST", "/orders",
                "{\"customer_id\":\"alice\",\"currency\":\"EUR\",\"items\":[{\"sku\":\"book\",\"quantity\":2,\"unit_price\":1250}]}",
                key, arena);
        arena_reset(arena);
    }
    group_commit(order->core.group);
}

void
floor_statements(const char *folder)
{
    struct clock clock = clock_real();
    struct log log = { .service = "floor", .clock = &clock, .level = LOG_ERROR, .fd = STDERR_FILENO };
    struct order_settings order_settings = { .pay_within_s = 900 };
    struct settings payment_settings = { .partitions = 12 };
    struct notify_settings notify_settings = { .channel = "console" };
    struct bare order = { .said = 0 }, payment = { .said = 0 }, notify = { .said = 0 };
    struct arena arena;
    int64_t cpu;

    db_use_one_thread();
    arena_init(&arena);
    open_bare(&order, &order_service, &order_settings, folder, &log);
    open_bare(&payment, &payment_service, &payment_settings, folder, &log);
    open_bare(&notify, &notify_service, &notify_settings, folder, &log);
    request(&payment, "PUT", "/accounts/alice", "{\"currency\":\"EUR\"}", NULL, &arena);
    request(&payment, "POST", "/accounts/alice/deposits", "{\"currency\":\"EUR\",\"amount\":9000000000000}", "d", &arena);
    group_commit(payment.core.group);
    cpu = cpu_now_us();
    for (int i = 0; i < GROUPS; i++) {
        take_orders(&order, &arena);
        hand_on(&order, &payment, NULL);        /* order.created */
        hand_on(&payment, &order, &notify);     /* payment.completed */
        hand_on(&order, &payment, &notify);     /* order.paid */
        hand_on(&notify, &order, NULL);         /* notification.sent */
    }
    printf("bare_statements_cpu_us=%.1f\n", (double)(cpu_now_us() - cpu) / (ORDERS_A_GROUP * GROUPS));
}
