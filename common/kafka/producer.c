#include "producer.h"

#include "../base/log.h"
#include "../base/memory.h"
#include "client.h"
#include "message.h"

#include <stdlib.h>
#include <string.h>

/* A report that no broker made. */
struct answer {
    int64_t tag;
    enum report report;
    const char *why;
};

struct producer {
    struct client *client;
    const struct log *log;
    rd_kafka_topic_t *topics[ALL_TOPICS];
    struct producer_listener listener;
    struct answer *answers;      /* to be reported */
    size_t answer_count;
    bool down, fatal, unauthorized;
};

/* What a new try cannot change belongs to the record or the topic; all else is undecided. */
static enum report
report_of(rd_kafka_resp_err_t error)
{
    switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return REPORT_ACKNOWLEDGED;
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__DESTROY:
    case RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:    /* these four concern the producer's session */
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
        return REPORT_LOST;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        return REPORT_TOPIC_REFUSED;
    default:
        return REPORT_REFUSED;
    }
}

static void
on_reports(struct producer *producer, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message;

    while ((message = rd_kafka_event_message_next(event)) != NULL) {
        enum report report = report_of(message->err);

        producer->listener.on_report(producer->listener.context, (intptr_t)message->_private, report,
                                     report == REPORT_ACKNOWLEDGED ? NULL : rd_kafka_err2name(message->err));
    }
}

/* The listener may cause more of them: those have their turn later. */
static void
on_answers(struct producer *producer)
{
    size_t count = producer->answer_count;

    for (size_t i = 0; i < count; i++) {
        struct answer answer = producer->answers[i];

        producer->listener.on_report(producer->listener.context, answer.tag, answer.report, answer.why);
    }
    producer->answer_count -= count;
    memmove(producer->answers, producer->answers + count, producer->answer_count * sizeof(struct answer));
    if (producer->answer_count > 0)
        client_wake(producer->client);
}

static void
on_error(void *context, rd_kafka_resp_err_t error)
{
    struct producer *producer = context;
    char text[256];

    if (error == RD_KAFKA_RESP_ERR__FATAL) {
        error = rd_kafka_fatal_error(client_handle(producer->client), text, sizeof(text));
        producer->fatal = true;
        producer->unauthorized = error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;     /* whoever waits says so once */
        if (!producer->unauthorized)
            log_warn(producer->log, "the producer has to be replaced", TEXT("error", rd_kafka_err2name(error)),
                     TEXT("text", text));
    } else if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        producer->down = true;
    }
}

static void
on_ready(void *context)
{
    struct producer *producer = context;
    rd_kafka_event_t *event;

    while ((event = client_poll(producer->client)) != NULL) {
        on_reports(producer, event);
        rd_kafka_event_destroy(event);
    }
    if (producer->answer_count > 0)
        on_answers(producer);
    if (producer->down || producer->fatal) {
        bool fatal = producer->fatal;

        producer->down = false;
        producer->listener.on_down(producer->listener.context, fatal);
    }
}

struct producer *
producer_new(struct event_base *base, const struct client_options *options, const char *const topics[ALL_TOPICS],
             struct producer_listener listener)
{
    /* message.timeout.ms=0: an outage is not an attempt; rows wait. linger.ms=0: the relay hands over whole groups. */
    static const struct client_property properties[] = {
        { "enable.idempotence", "true" },
        { "acks", "all" },
        { "linger.ms", "0" },
        { "message.timeout.ms", "0" },
        { "queue.buffering.max.messages", "100000" },
        { "partitioner", "murmur2_random" },
        { NULL, NULL },
    };
    struct producer *producer = memory_new(1, sizeof(*producer));

    producer->log = options->log;
    producer->listener = listener;
    producer->client = client_new(base, RD_KAFKA_PRODUCER, options, properties,
                                  (struct client_listener){ on_ready, on_error, producer });
    if (producer->client == NULL) {
        free(producer);
        return NULL;
    }
    /* A handle asks for its topic's metadata now; without one the first record would wait for them. */
    for (int i = 0; i < ALL_TOPICS; i++)
        producer->topics[i] = rd_kafka_topic_new(client_handle(producer->client), topics[i], NULL);
    return producer;
}

void
producer_free(struct producer *producer)
{
    if (producer == NULL)
        return;
    for (int i = 0; i < ALL_TOPICS; i++)
        rd_kafka_topic_destroy(producer->topics[i]);
    client_free(producer->client);
    free(producer->answers);
    free(producer);
}

bool
producer_is_unauthorized(const struct producer *producer)
{
    return producer->unauthorized;
}

/* The fields of one record, as rd_kafka_produceva takes them. */
static rd_kafka_error_t *
produce(struct producer *producer, const struct record *record, rd_kafka_headers_t *headers, int64_t tag)
{
    rd_kafka_vu_t fields[] = {
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = producer->topics[record->topic] },
        { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = record->partition },
        { .vtype = RD_KAFKA_VTYPE_KEY, .u.mem = { (void *)(uintptr_t)record->key, record->key_size } },
        { .vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = { (void *)(uintptr_t)record->value, record->value_size } },
        { .vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = record->timestamp },
        { .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(intptr_t)tag },
    };

    return rd_kafka_produceva(client_handle(producer->client), fields, sizeof(fields) / sizeof(fields[0]));
}

void
producer_answer(struct producer *producer, int64_t tag, enum report report, const char *why)
{
    size_t count = producer->answer_count++;

    producer->answers = memory_resize(producer->answers, count + 1, sizeof(struct answer));
    producer->answers[count] = (struct answer){ tag, report, why };
    client_wake(producer->client);
}

int
producer_send(struct producer *producer, const struct record *record, int64_t tag)
{
    rd_kafka_headers_t *headers = message_headers(record);
    rd_kafka_error_t *error = produce(producer, record, headers, tag);
    rd_kafka_resp_err_t code;

    if (error == NULL)
        return 0;
    code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(headers);      /* they are librdkafka's only after a success */
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return -1;
    producer_answer(producer, tag, report_of(code), rd_kafka_err2name(code));
    return 0;
}
