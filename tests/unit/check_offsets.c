/* Where partitions begin and end, asked of librdkafka's own mock cluster. */
#include "../../common/kafka/offsets.h"

#include <check.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>

enum { PARTITION = 1, ANSWERS_IN_TIME_MS = 10000, PATIENCE_MS = 100, LATE_MS = 600000 };

static rd_kafka_t *handle;
static rd_kafka_mock_cluster_t *cluster;

static void
set_up(void)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char error[200];

    ck_assert_int_eq(rd_kafka_conf_set(conf, "test.mock.num.brokers", "1", error, sizeof(error)), RD_KAFKA_CONF_OK);
    handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    ck_assert_ptr_nonnull(handle);
    cluster = rd_kafka_handle_mock_cluster(handle);
    ck_assert_int_eq(rd_kafka_mock_topic_create(cluster, "orders", PARTITION + 1, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void
tear_down(void)
{
    rd_kafka_destroy(handle);
}

static void
produce(const char *text)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(handle, "orders", NULL);

    ck_assert_int_eq(rd_kafka_produce(topic, PARTITION, RD_KAFKA_MSG_F_COPY, (void *)(uintptr_t)text, 1, NULL, 0, NULL), 0);
    ck_assert_int_eq(rd_kafka_flush(handle, ANSWERS_IN_TIME_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_destroy(topic);
}

static int
ask(int64_t which, int64_t *offset, int wait_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    int result;

    rd_kafka_topic_partition_list_add(list, "orders", PARTITION)->offset = which;
    result = offsets_ask(handle, list, wait_ms);
    *offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

START_TEST(the_beginning_and_the_end_of_a_partition_are_told)
{
    int64_t offset;

    produce("a");
    produce("b");
    ck_assert_int_eq(ask(RD_KAFKA_OFFSET_BEGINNING, &offset, ANSWERS_IN_TIME_MS), 0);
    ck_assert_int_eq(offset, 0);
    ck_assert_int_eq(ask(RD_KAFKA_OFFSET_END, &offset, ANSWERS_IN_TIME_MS), 0);
    ck_assert_int_eq(offset, 2);
}
END_TEST

START_TEST(a_broker_that_has_the_question_and_does_not_answer_is_not_waited_for)
{
    int64_t offset;

    ck_assert_int_eq(ask(RD_KAFKA_OFFSET_END, &offset, ANSWERS_IN_TIME_MS), 0);     /* connected, and its leader known */
    rd_kafka_mock_broker_set_rtt(cluster, -1, LATE_MS);
    ck_assert_int_eq(ask(RD_KAFKA_OFFSET_END, &offset, PATIENCE_MS), -1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("offsets");
    TCase *tcase = tcase_create("offsets");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_beginning_and_the_end_of_a_partition_are_told);
    tcase_add_test(tcase, a_broker_that_has_the_question_and_does_not_answer_is_not_waited_for);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
