/* What the promises ask of librdkafka: a broker that takes its time would have to be broken for hours to show it, so what its
 * handles were told decides. librdkafka itself reads the properties, and knows them all. */
#include "../../common/kafka/client.h"

#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/kafka/consumer.h"
#include "../../common/kafka/producer.h"
#include "../../common/store/db.h"
#include "../../common/store/position.h"

#include <check.h>
#include <event2/event.h>
#include <string.h>

extern const char common_schema[];

/* ---- common/kafka/client.h: handles that no broker is told to ---- */

enum { CLIENTS = 4 };

static struct client {
    rd_kafka_t *handle;
} clients[CLIENTS];
static int count;

struct client *
client_new(struct event_base *base, rd_kafka_type_t type, const struct client_options *options,
           const struct client_property *properties, struct client_listener listener)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char error[200];

    (void)base, (void)options, (void)listener;
    ck_assert_int_lt(count, CLIENTS);
    for (; properties->name != NULL; properties++)
        ck_assert_msg(rd_kafka_conf_set(conf, properties->name, properties->value, error, sizeof(error)) == RD_KAFKA_CONF_OK,
                      "%s", error);
    clients[count].handle = rd_kafka_new(type, conf, error, sizeof(error));
    ck_assert_msg(clients[count].handle != NULL, "%s", error);
    return &clients[count++];
}

void
client_free(struct client *client)
{
    if (client != NULL)
        rd_kafka_destroy(client->handle);
}

rd_kafka_event_t *
client_poll(struct client *client)
{
    (void)client;
    return NULL;
}

rd_kafka_t *
client_handle(const struct client *client)
{
    return client->handle;
}

void
client_wake(struct client *client)
{
    (void)client;
}

/* ---- Fixture ---- */

static const char *const topics[ALL_TOPICS] = { "orders", "payments", "notifications", "orders.DLT", "payments.DLT",
                                                "notifications.DLT" };
static const struct client_options options = { .brokers = "", .properties = "", .client_id = "test" };
static struct clock the_clock;
static struct log the_log;

static void
set_up(void)
{
    the_clock = clock_manual(1000);
    the_log = (struct log){ .service = "test", .clock = &the_clock, .fd = -1 };
    count = 0;
}

/* ---- Helpers ---- */

static const char *
told(int client, const char *name)
{
    static char value[100];
    size_t size = sizeof(value);

    ck_assert_int_lt(client, count);
    ck_assert_int_eq(rd_kafka_conf_get(rd_kafka_conf(clients[client].handle), name, value, &size), RD_KAFKA_CONF_OK);
    return value;
}

static struct producer *
a_producer(void)
{
    return producer_new(NULL, &options, topics, (struct producer_listener){ NULL, NULL, NULL });
}

static void
check_readers(const char *name, const char *value)
{
    struct consumer_options reads = { .group = "test", .shard = { 0, 1, 1 }, .topics = { "orders", NULL, NULL, "orders.DLT" } };
    struct event_base *base = event_base_new();
    char *error = NULL;
    struct db *db = db_open(":memory:", &the_log, &error);
    struct positions *positions;
    struct consumer *consumer;

    ck_assert_msg(db != NULL && db_script(db, common_schema) == 0, "%s", error);
    positions = positions_new(db, 1);
    consumer = consumer_new(base, &the_clock, positions, &options, &reads, (struct consumer_listener){ .context = NULL });
    ck_assert_int_eq(consumer_assign(consumer, true), 0);
    ck_assert_int_eq(count, 2);         /* one for events, one for dead letters */
    for (int i = 0; i < count; i++)
        ck_assert_str_eq(told(i, name), value);
    consumer_unassign(consumer);
    consumer_free(consumer);
    positions_free(positions);
    db_close(db);
    event_base_free(base);
}

/* ---- Tests ---- */

START_TEST(an_outage_is_no_refusal)
{
    struct producer *producer = a_producer();

    ck_assert_str_eq(told(0, "message.timeout.ms"), "0");
    producer_free(producer);
}
END_TEST

START_TEST(an_acknowledgement_is_that_of_all_replicas)
{
    struct producer *producer = a_producer();

    ck_assert_str_eq(told(0, "acks"), "-1");
    ck_assert_str_eq(told(0, "enable.idempotence"), "true");
    producer_free(producer);
}
END_TEST

START_TEST(a_position_that_is_gone_is_an_error)
{
    check_readers("auto.offset.reset", "error");
}
END_TEST

START_TEST(nothing_is_committed_for_what_was_only_read)
{
    check_readers("enable.auto.commit", "false");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("clients");
    TCase *tcase = tcase_create("clients");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, an_outage_is_no_refusal);
    tcase_add_test(tcase, an_acknowledgement_is_that_of_all_replicas);
    tcase_add_test(tcase, a_position_that_is_gone_is_an_error);
    tcase_add_test(tcase, nothing_is_committed_for_what_was_only_read);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
