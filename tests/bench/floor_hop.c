#include "floor.h"

#include <err.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>

enum { HOPS = 300, WARM_UP = 20 };

static rd_kafka_t *
connect_kafka(rd_kafka_type_t type, const char *brokers)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[256];
    rd_kafka_t *handle;

    rd_kafka_conf_set(conf, "bootstrap.servers", brokers, NULL, 0);
    rd_kafka_conf_set(conf, "group.id", "floor", NULL, 0);
    rd_kafka_conf_set(conf, "linger.ms", "0", NULL, 0);
    rd_kafka_conf_set(conf, "fetch.wait.max.ms", "5", NULL, 0);
    rd_kafka_conf_set(conf, "socket.nagle.disable", "true", NULL, 0);
    handle = rd_kafka_new(type, conf, text, sizeof(text));
    if (handle == NULL)
        errx(1, "%s", text);
    return handle;
}

static void
await_record(rd_kafka_t *consumer, char wanted)
{
    for (int64_t deadline = floor_now_us() + 10000000; floor_now_us() < deadline;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        bool found = message != NULL && message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->len == 1
                     && *(char *)message->payload == wanted;

        if (message != NULL)
            rd_kafka_message_destroy(message);
        if (found)
            return;
    }
    errx(1, "a record did not come back within 10 s: does the topic exist?");
}

void
floor_hop(const char *brokers, const char *topic)
{
    rd_kafka_t *producer = connect_kafka(RD_KAFKA_PRODUCER, brokers);
    rd_kafka_t *consumer = connect_kafka(RD_KAFKA_CONSUMER, brokers);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_t *handle = rd_kafka_topic_new(producer, topic, NULL);
    int64_t took[HOPS] = { 0 };

    rd_kafka_topic_partition_list_add(list, topic, 0)->offset = 0;
    rd_kafka_assign(consumer, list);
    for (int i = -WARM_UP; i < HOPS; i++) {
        char value = (char)('a' + (i + WARM_UP) % 26);
        int64_t start = floor_now_us();

        rd_kafka_produce(handle, 0, RD_KAFKA_MSG_F_COPY, &value, 1, NULL, 0, NULL);
        await_record(consumer, value);
        rd_kafka_poll(producer, 0);
        if (i >= 0)
            took[i] = floor_now_us() - start;
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_flush(producer, 1000);
    rd_kafka_topic_destroy(handle);
    rd_kafka_destroy(producer);
    rd_kafka_destroy_flags(consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    floor_print_median("t_hop", took, HOPS);
}
