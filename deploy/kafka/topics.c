/* topics.c: creates topics and leaves when all of them can be used. Compiled and run by ./topics. */
#define _POSIX_C_SOURCE 200809L     /* nanosleep */
#include "properties.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEADLINE_S = 30, ANSWER_MS = 2000 };

static const struct timespec breath = { .tv_nsec = 50000000 };

struct topic {
    char *name;
    int wanted;         /* partitions asked for */
    int found;          /* partitions the cluster has, 0: no such topic */
    int led;            /* of these, partitions with a leader */
};

/* Compares the topics with the cluster's. -1: nobody answers, or the broker is not in service yet. */
static int
look(rd_kafka_t *rk, struct topic *topics, size_t count)
{
    const struct rd_kafka_metadata *cluster;

    if (rd_kafka_metadata(rk, 1, NULL, &cluster, ANSWER_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return -1;
    for (size_t i = 0; i < count; i++) {
        topics[i].found = topics[i].led = 0;
        for (int t = 0; t < cluster->topic_cnt; t++) {
            const struct rd_kafka_metadata_topic *there = &cluster->topics[t];

            if (strcmp(there->topic, topics[i].name) != 0)
                continue;
            topics[i].found = there->partition_cnt;
            for (int p = 0; p < there->partition_cnt; p++)
                topics[i].led += there->partitions[p].leader >= 0;
        }
    }
    int brokers = cluster->broker_cnt;
    rd_kafka_metadata_destroy(cluster);
    return brokers > 0 ? 0 : -1;
}

/* Prints every topic whose partitions are not as asked for. A topic being created has them all at once. */
static bool
all_agree(const struct topic *topics, size_t count)
{
    bool agree = true;

    for (size_t i = 0; i < count; i++)
        if (topics[i].found > 0 && topics[i].found != topics[i].wanted) {
            fprintf(stderr, "topics: %s has %d partitions, not %d; delete it or ask for %d\n",
                    topics[i].name, topics[i].found, topics[i].wanted, topics[i].found);
            agree = false;
        }
    return agree;
}

static bool
all_usable(const struct topic *topics, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (topics[i].found == 0 || topics[i].led < topics[i].found)
            return false;
    return true;
}

/* Old records go by age, none by key; as many copies as the broker makes by itself, unless told; on disk at once if asked. */
static rd_kafka_NewTopic_t *
describe(const struct topic *topic)
{
    const char *durable = getenv("DURABLE"), *retention_s = getenv("TOPIC_RETENTION_S");
    const char *copies = getenv("TOPIC_REPLICATION"), *in_sync = getenv("TOPIC_MIN_INSYNC");
    rd_kafka_NewTopic_t *new =
        rd_kafka_NewTopic_new(topic->name, topic->wanted, copies == NULL ? -1 : atoi(copies), NULL, 0);
    char retention_ms[32];

    if (new == NULL)
        return NULL;
    snprintf(retention_ms, sizeof(retention_ms), "%lld", 1000 * atoll(retention_s == NULL ? "604800" : retention_s));
    rd_kafka_NewTopic_set_config(new, "cleanup.policy", "delete");
    rd_kafka_NewTopic_set_config(new, "retention.ms", retention_ms);
    if (in_sync != NULL)
        rd_kafka_NewTopic_set_config(new, "min.insync.replicas", in_sync);
    if (durable != NULL && strcmp(durable, "1") == 0)
        rd_kafka_NewTopic_set_config(new, "flush.messages", "1");
    return new;
}

/* What a broker says while it, or its controller, is still starting. */
static bool
passes(rd_kafka_resp_err_t err)
{
    return err == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR ||      /* every broker is fenced */
           err == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT || err == RD_KAFKA_RESP_ERR_NOT_CONTROLLER ||
           err == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE || err == RD_KAFKA_RESP_ERR__TIMED_OUT ||
           err == RD_KAFKA_RESP_ERR__TRANSPORT;
}

/* Adds the topics created to *created. -1: refused for good, printed. */
static int
read_answer(rd_kafka_event_t *answer, int *created)
{
    rd_kafka_resp_err_t err = rd_kafka_event_error(answer);
    const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(answer);
    size_t count = 0;
    int verdict = 0;

    if (err != RD_KAFKA_RESP_ERR_NO_ERROR && !passes(err)) {
        fprintf(stderr, "topics: %s\n", rd_kafka_event_error_string(answer));
        return -1;
    }
    const rd_kafka_topic_result_t **topics =
        result == NULL ? NULL : rd_kafka_CreateTopics_result_topics(result, &count);
    for (size_t i = 0; i < count; i++) {
        err = rd_kafka_topic_result_error(topics[i]);
        *created += err == RD_KAFKA_RESP_ERR_NO_ERROR;
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR || err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS || passes(err))
            continue;
        fprintf(stderr, "topics: %s: %s\n", rd_kafka_topic_result_name(topics[i]),
                rd_kafka_topic_result_error_string(topics[i]));
        verdict = -1;
    }
    return verdict;
}

/* Asks once for all topics that are missing. */
static int
create_missing(rd_kafka_t *rk, const struct topic *topics, size_t count, int *created)
{
    rd_kafka_NewTopic_t **missing = calloc(count, sizeof *missing);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_event_t *answer = NULL;
    size_t n = 0;
    int verdict = 0;

    for (size_t i = 0; missing != NULL && i < count; i++)
        if (topics[i].found == 0 && (missing[n] = describe(&topics[i])) != NULL)
            n++;
    if (n > 0) {
        rd_kafka_CreateTopics(rk, missing, n, NULL, queue);
        answer = rd_kafka_queue_poll(queue, DEADLINE_S * 1000);
    }
    if (answer != NULL) {
        verdict = read_answer(answer, created);
        rd_kafka_event_destroy(answer);
    }
    rd_kafka_NewTopic_destroy_array(missing, n);
    free(missing);
    rd_kafka_queue_destroy(queue);
    return verdict;
}

/* Looks and creates, again and again, until there is nothing left to create. */
static int
settle(rd_kafka_t *rk, const char *address, struct topic *topics, size_t count)
{
    time_t deadline = time(NULL) + DEADLINE_S;
    bool answered = false;
    int created = 0;

    for (; time(NULL) < deadline; nanosleep(&breath, NULL)) {
        if (look(rk, topics, count) != 0)
            continue;
        answered = true;
        if (!all_agree(topics, count))
            return -1;
        if (all_usable(topics, count)) {
            printf("topics ready address=%s created=%d existing=%zu\n", address, created,
                   count - (size_t)created);
            return 0;
        }
        if (create_missing(rk, topics, count, &created) != 0)
            return -1;
    }
    fprintf(stderr, "topics: %s %s within %d s\n", address,
            answered ? "did not get all topics ready" : "has no broker that answers", DEADLINE_S);
    return -1;
}

/* NAME:PARTITIONS, cut in two. -1: it is not that, printed. */
static int
read_topic(char *text, struct topic *topic)
{
    char *colon = strrchr(text, ':'), *end = NULL;
    long wanted = colon == NULL ? 0 : strtol(colon + 1, &end, 10);

    if (wanted < 1 || wanted > 1000 || *end != '\0') {
        fprintf(stderr, "topics: %s: expected NAME:PARTITIONS with 1 to 1000 partitions; is PARTITIONS a number?\n", text);
        return -1;
    }
    *colon = '\0';
    topic->name = text;
    topic->wanted = (int)wanted;
    return 0;
}

/* argv: HOST:PORT NAME:PARTITIONS ... */
int
main(int argc, char **argv)
{
    const char *retention_s = getenv("TOPIC_RETENTION_S");
    char reason[512] = "no memory, or no topics";
    size_t count = argc > 2 ? (size_t)argc - 2 : 0;
    struct topic *topics;
    rd_kafka_conf_t *conf;

    if (retention_s != NULL && atoll(retention_s) < 1) {
        fprintf(stderr, "topics: TOPIC_RETENTION_S: expected a number of seconds, not \"%s\"\n", retention_s);
        return 2;
    }
    topics = calloc(count + 1, sizeof *topics);
    for (size_t i = 0; topics != NULL && i < count; i++)
        if (read_topic(argv[i + 2], &topics[i]) != 0) {
            free(topics);
            return 2;
        }
    conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, NULL);       /* a broker still starting is no news */
    rd_kafka_t *rk = NULL;
    if (topics != NULL && count > 0 && read_properties(conf, reason, sizeof reason) == 0 &&
        rd_kafka_conf_set(conf, "reconnect.backoff.max.ms", "200", reason, sizeof reason) == RD_KAFKA_CONF_OK &&
        rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], reason, sizeof reason) == RD_KAFKA_CONF_OK)
        rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (rk == NULL) {
        fprintf(stderr, "topics: cannot start: %s\n", reason);
        free(topics);
        return 1;
    }
    int status = settle(rk, argv[1], topics, count) == 0 ? 0 : 1;
    rd_kafka_destroy(rk);
    free(topics);
    return status;
}
