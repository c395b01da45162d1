/* Shards: who has which partition, customer and order; what each of them mints, reads, keeps and answers. */
#include "choreography.h"

#include "../../common/http/problem.h"
#include "../../common/kafka/client.h"
#include "../../common/kafka/consumer.h"
#include "../../common/set_aside.h"
#include "../../common/store/db.h"
#include "../../common/store/dead_letter.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/position.h"

#include <check.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

/* ---- Fixture ---- */

static struct choreography c;

static void
set_up(void)
{
    choreography_open(&c);
}

static void
tear_down(void)
{
    choreography_close(&c);
}

/* ---- Helpers ---- */

static struct shard
be_shard(int index, int count)
{
    struct shard shard = { index, count, PARTITIONS_IN_TESTS };

    for (int i = 0; i < MEMBERS; i++)
        db_context(c.cores[i].db)->shard = shard;
    return shard;
}

static const char *
customer_of(const struct shard *shard, int index)
{
    const char *name = "a";

    while (shard_of_customer(shard, name) != index)
        name = arena_format(&c.arena, "%sa", name);
    return name;
}

static const char *
order_of(const struct shard *shard, int index)
{
    const char *id;

    do
        id = new_id(&c, "");
    while (shard_of_order(shard, id) != index);
    return id;
}

/* Two orders in one turn; the ids, in the arena. */
static void
place_two(const char *customer, const char *ids[2])
{
    struct core *core = &c.cores[ORDER_SVC];

    group_begin(core->group);
    for (int i = 0; i < 2; i++) {
        struct request request = {
            .in = { .id = new_id(&c, "request:"), .received_at = clock_now_ms(&c.clock),
                    .data = arena_format(&c.arena, "{\"customer_id\":\"%s\",\"currency\":\"EUR\",\"items\":"
                                         "[{\"sku\":\"pen\",\"quantity\":1,\"unit_price\":1}]}", customer) },
            .method = "POST", .path = "/orders", .arena = &c.arena,
        };

        ids[i] = core_request(core, &core->service->routes[0], &request).location + strlen("/orders/");
    }
    ck_assert(group_commit(core->group));
}

static struct reply
ask_with_query(enum member to, const char *method, const char *path, const char *query, const char *body)
{
    const struct core *core = &c.cores[to];
    const char *allow;
    struct request request = {
        .in = { .id = new_id(&c, "request:"), .received_at = clock_now_ms(&c.clock), .data = body },
        .method = method, .path = path, .query = query, .idempotency_key = "key", .arena = &c.arena,
    };
    const struct route *route = service_route(core->service, method, path, &c.arena, &request.param, &allow);
    struct reply reply;

    ck_assert_ptr_nonnull(route);
    reply = core_request(&c.cores[to], route, &request);
    ck_assert(group_commit(core->group));
    return reply;
}

/* ---- Who has what ---- */

START_TEST(each_partition_has_one_owner_whatever_a_header_says)
{
    for (int count = 1; count <= 5; count++)
        for (int partition = -7; partition < 20; partition++) {
            int owners = 0;

            for (int index = 0; index < count; index++)
                owners += shard_owns(&(struct shard){ index, count, 12 }, partition);
            ck_assert_int_eq(owners, 1);
        }
}
END_TEST

/* Written down, since they may never change: the hashes of org.apache.kafka.common.utils.UtilsTest. */
START_TEST(customers_and_orders_stay_where_they_are)
{
    const struct shard shard = { 0, 1000, 1000 };

    ck_assert_int_eq(shard_of_customer(&shard, "21"), (-973932308 & 0x7fffffff) % 1000);
    ck_assert_int_eq(shard_of_customer(&shard, "foobar"), (-790332482 & 0x7fffffff) % 1000);
    ck_assert_int_eq(shard_partition(&shard, "a-little-bit-long-string"), (-985981536 & 0x7fffffff) % 1000);
    ck_assert_int_eq(shard_of_order(&shard, "a-little-bit-long-string"), (-985981536 & 0x7fffffff) % 1000);
}
END_TEST

START_TEST(a_shard_takes_its_partitions_in_turn_and_no_other_one)
{
    for (int partitions = 1; partitions <= 9; partitions++)
        for (int count = 1; count <= partitions; count++)
            for (int index = 0; index < count; index++) {
                struct shard shard = { index, count, partitions };
                int partition = 0;

                for (int turn = 0; turn < 20; turn++) {
                    int before = partition;

                    partition = shard_next_partition(&shard, partition);
                    ck_assert(partition >= 0 && partition < partitions && shard_owns(&shard, partition));
                    if (turn > 0)
                        ck_assert_int_eq(partition, before + count < partitions ? before + count : index);
                    if (count == 1)
                        ck_assert_int_eq(partition, (before + 1) % partitions);
                }
            }
}
END_TEST

START_TEST(ids_share_a_partition_of_the_shard_for_a_quarter_of_a_second_then_take_the_next_one)
{
    struct shard shard = be_shard(2, 5);       /* partitions 2 and 7 of 12 */
    const char *customer = customer_of(&shard, 2), *ids[2], *soon[2], *next[2];

    place_two(customer, ids);
    clock_advance(&c.clock, 249);
    place_two(customer, soon);
    clock_advance(&c.clock, 1);
    place_two(customer, next);
    ck_assert_int_eq(shard_partition(&shard, ids[0]), shard_partition(&shard, ids[1]));
    ck_assert_int_eq(shard_partition(&shard, ids[0]), shard_partition(&shard, soon[0]));
    ck_assert_int_eq(shard_partition(&shard, ids[0]), shard_partition(&shard, soon[1]));
    ck_assert_int_eq(shard_partition(&shard, next[0]), shard_partition(&shard, next[1]));
    ck_assert_int_eq(shard_partition(&shard, ids[0]) + shard_partition(&shard, next[0]), 2 + 7);
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM orders WHERE partition IN (2, 7)"), 6);
    ck_assert_int_eq(number_of(&c, ORDER_SVC, "SELECT count(*) FROM outbox WHERE partition IN (2, 7)"), 6);
}
END_TEST

START_TEST(all_that_an_order_leads_to_stays_on_its_partition)
{
    struct shard shard = be_shard(1, 3);
    const char *customer = customer_of(&shard, 1);
    char sql[200];

    open_account(&c, customer, "EUR", 10000);
    cancel_order(&c, place_order(&c, customer));
    place_order(&c, customer);
    run_until_quiet(&c);
    check_agreement(&c);
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM outbox WHERE partition %% %d <> %d", shard.count, shard.index);
    for (int i = 0; i < MEMBERS; i++)
        ck_assert_int_eq(db_number(c.cores[i].db, arena_text(&c.arena, sql), NULL, -1), 0);
}
END_TEST

/* order-svc runs with another number of shards: declining would tell a customer who has an account that there is none. */
START_TEST(an_order_of_another_shards_customer_is_not_declined_but_refused_as_unknown)
{
    struct shard shard = be_shard(1, 3);
    const char *id = order_of(&shard, 1), *const customers[] = { customer_of(&shard, 2), customer_of(&shard, 1) };

    for (int i = 0; i < 2; i++) {
        struct envelope in = event_about(&c, ORDER_CREATED, id, arena_format(&c.arena, "{\"customer_id\":\"%s\",\"currency\":"
                                         "\"EUR\",\"amount\":5,\"pay_by\":\"2036-01-31T12:00:00.000Z\"}", customers[i]));
        struct result result = deliver(&c, PAYMENT_SVC, &in);

        ck_assert_int_eq(result.how, i == 0 ? UNDONE_REFUSED : HANDLED);
        if (i == 0)
            ck_assert_str_eq(result.code, "unknown_order");
        ck_assert_int_eq(number_of(&c, PAYMENT_SVC, "SELECT count(*) FROM payment"), i);
    }
}
END_TEST

/* ---- Requests ---- */

/* Every route that is somebody's. %s is the id. */
static const struct {
    enum member to;
    const char *method, *path, *query, *body;
    bool of_customer;
    int malformed;          /* the answer to an id that cannot be one */
} requests[] = {
    { ORDER_SVC, "POST", "/orders", NULL, "{\"customer_id\":\"%s\",\"currency\":\"EUR\",\"items\":"
      "[{\"sku\":\"book\",\"quantity\":2,\"unit_price\":1250}]}", true, 422 },
    { ORDER_SVC, "GET", "/orders/%s", NULL, NULL, false, 404 },
    { ORDER_SVC, "POST", "/orders/%s/cancellation", NULL, NULL, false, 404 },
    { ORDER_SVC, "GET", "/orders/%s/timeline", NULL, NULL, false, 404 },
    { PAYMENT_SVC, "PUT", "/accounts/%s", NULL, "{\"currency\":\"EUR\"}", true, 422 },
    { PAYMENT_SVC, "GET", "/accounts/%s", NULL, NULL, true, 404 },
    { PAYMENT_SVC, "POST", "/accounts/%s/deposits", NULL, "{\"amount\":1,\"currency\":\"EUR\"}", true, 404 },
    { PAYMENT_SVC, "GET", "/payments/%s", NULL, NULL, false, 404 },
    { NOTIFY_SVC, "GET", "/notifications", "order_id=%s", NULL, false, 200 },
};

enum { REQUESTS = sizeof(requests) / sizeof(requests[0]) };

static const char *
with_id(const char *text, const char *id)
{
    const char *place = text == NULL ? NULL : strstr(text, "%s");

    return place == NULL ? text : arena_format(&c.arena, "%.*s%s%s", (int)(place - text), text, id, place + 2);
}

static struct reply
request_about(int i, const char *id)
{
    return ask_with_query(requests[i].to, requests[i].method, with_id(requests[i].path, id), with_id(requests[i].query, id),
                          with_id(requests[i].body, id));
}

START_TEST(a_request_for_another_shard_is_told_which_and_writes_nothing)
{
    struct shard shard = be_shard(1, 3);
    const char *id = requests[_i].of_customer ? customer_of(&shard, 2) : order_of(&shard, 2);
    int64_t rows = rows_in(&c, requests[_i].to);
    struct reply reply = request_about(_i, id);

    ck_assert_int_eq(reply.status, 421);
    ck_assert_ptr_nonnull(strstr(reply.body, "\"type\":\"/problems/misdirected-request\""));
    ck_assert_ptr_nonnull(strstr(reply.body, ",\"status\":421,\"shard\":2,\"shards\":3,\"detail\":"));
    ck_assert_int_eq(rows_in(&c, requests[_i].to), rows);
}
END_TEST

START_TEST(a_request_for_this_shard_is_answered_and_so_is_any_if_there_is_but_one)
{
    struct shard shard = be_shard(1, 3);

    ck_assert_int_ne(request_about(_i, requests[_i].of_customer ? customer_of(&shard, 1) : order_of(&shard, 1)).status, 421);
    be_shard(0, 1);
    for (int other = 0; other < 3; other++)
        ck_assert_int_ne(
            request_about(_i, requests[_i].of_customer ? customer_of(&shard, other) : order_of(&shard, other)).status, 421);
}
END_TEST

START_TEST(an_id_that_cannot_be_one_gets_the_answer_it_always_got)
{
    static const char *const bad[] = { "a,b", "01A20549-A895-750E-8FEB-3A5B5AD38FD3,", "x:y" };

    for (int shard = 0; shard < 2; shard++)
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
            be_shard(shard, 2);
            ck_assert_int_eq(request_about(_i, bad[i]).status, requests[_i].malformed);
        }
}
END_TEST

START_TEST(a_body_that_the_handler_will_refuse_is_no_other_shards)
{
    static const char *const bodies[] = { NULL, "", "no json", "[]", "{}", "{\"customer_id\":5}", "{\"customer_id\":null}",
                                          "{\"customer_id\":\"a\",\"customer_id\":\"b\"}", "{\"customer_id\":\"a\\u0000\"}" };

    for (int shard = 0; shard < 2; shard++)
        for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
            int status;

            be_shard(shard, 2);
            status = ask_with_query(ORDER_SVC, "POST", "/orders", NULL, bodies[i]).status;
            ck_assert_msg(status == 400 || status == 422, "%s: %d", bodies[i], status);
        }
}
END_TEST

START_TEST(every_route_with_an_id_is_somebodys_and_asked_above)
{
    int owned = 0;

    for (int i = 0; i < MEMBERS; i++)
        for (const struct route *route = c.cores[i].service->routes; route->handle != NULL; route++) {
            owned += route->owner.whose != ANYBODYS;
            ck_assert_msg(strchr(route->path, '{') == NULL || route->owner.whose != ANYBODYS, "%s", route->path);
        }
    ck_assert_int_eq(owned, REQUESTS);
}
END_TEST

/* ---- What is read and kept ---- */

START_TEST(a_shard_reads_its_partitions_and_all_of_the_dead_letters)
{
    const struct consumer_options options = { .group = "g", .shard = { 1, 3, 7 },
                                              .topics = { [PAYMENTS] = "payments", [PAYMENTS_DLT] = "payments.DLT" } };
    const struct client_options client = { .brokers = "127.0.0.1:1", .log = &c.log };
    struct event_base *base = event_base_new();
    struct positions *positions = positions_new(c.cores[ORDER_SVC].db, 7);
    struct consumer *consumer =
        consumer_new(base, &c.clock, positions, &client, &options, (struct consumer_listener){ .context = NULL });
    struct partition_state state;
    unsigned events = 0, letters = 0;

    for (int i = 0; consumer_partition(consumer, i, &state); i++)
        *(state.topic == PAYMENTS ? &events : &letters) |= 1u << state.partition;
    ck_assert_uint_eq(events, 1u << 1 | 1u << 4);
    ck_assert_uint_eq(letters, 0x7f);
    consumer_free(consumer);
    positions_free(positions);
    event_base_free(base);
}
END_TEST

START_TEST(a_shard_keeps_the_dead_letters_of_its_own_partitions)
{
    const struct set_aside how = { .core = &c.cores[PAYMENT_SVC], .group = "payment-svc" };
    struct dead_letter letter = { .reason = "malformed_order", .message = "why", .group = "payment-svc",
                                  .original_topic = "orders", .cluster = "c1" };

    be_shard(1, 3);
    for (int partition = 0; partition < PARTITIONS_IN_TESTS; partition++) {
        struct record record;

        letter.record = (struct record){ .topic = ORDERS, .partition = partition, .offset = 7, .value = "{", .value_size = 1 };
        record = dead_letter_record(&letter, &c.arena);
        record.topic = ORDERS_DLT;
        record.partition = 0;               /* as DLT_PARTITION=0 has it: the original partition is in a header */
        ck_assert_int_eq(set_aside_keep(&how, &record).how, partition % 3 == 1 ? HANDLED : SKIPPED);
    }
    ck_assert(group_commit(c.cores[PAYMENT_SVC].group));
    ck_assert_str_eq(text_of(&c, PAYMENT_SVC, "SELECT group_concat(partition) FROM dead_letter", NULL), "1,4,7,10");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("shard");
    TCase *tcase = tcase_create("shard");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_partition_has_one_owner_whatever_a_header_says);
    tcase_add_test(tcase, customers_and_orders_stay_where_they_are);
    tcase_add_test(tcase, a_shard_takes_its_partitions_in_turn_and_no_other_one);
    tcase_add_test(tcase, ids_share_a_partition_of_the_shard_for_a_quarter_of_a_second_then_take_the_next_one);
    tcase_add_test(tcase, all_that_an_order_leads_to_stays_on_its_partition);
    tcase_add_test(tcase, an_order_of_another_shards_customer_is_not_declined_but_refused_as_unknown);
    tcase_add_loop_test(tcase, a_request_for_another_shard_is_told_which_and_writes_nothing, 0, REQUESTS);
    tcase_add_loop_test(tcase, a_request_for_this_shard_is_answered_and_so_is_any_if_there_is_but_one, 0, REQUESTS);
    tcase_add_loop_test(tcase, an_id_that_cannot_be_one_gets_the_answer_it_always_got, 0, REQUESTS);
    tcase_add_test(tcase, a_body_that_the_handler_will_refuse_is_no_other_shards);
    tcase_add_test(tcase, every_route_with_an_id_is_somebodys_and_asked_above);
    tcase_add_test(tcase, a_shard_reads_its_partitions_and_all_of_the_dead_letters);
    tcase_add_test(tcase, a_shard_keeps_the_dead_letters_of_its_own_partitions);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
