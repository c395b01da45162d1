#include "consumer.h"

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "../store/position.h"
#include "client.h"
#include "partition.h"
#include "record.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_A_WAKE = 128 };      /* then others have their turn */

/* A record that the open turn has taken. */
struct taken_record {
    struct partition *partition;
    rd_kafka_message_t *message;
};

struct consumer {
    struct event_base *base;
    const struct clock *clock;
    struct positions *positions;
    struct client_options client_options;
    struct consumer_options options;
    struct consumer_listener listener;

    struct client *client;              /* NULL before the first assign */
    struct event *again;                /* timer for what is held */
    struct partition *partitions;
    int count;
    bool assigned, down;

    struct taken_record *turn;
    size_t turn_count, turn_room;
    struct consumer_stats stats;
};

/* ---- pausing ---- */

static rd_kafka_topic_partition_list_t *
list_of(const struct partition *partition)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, partition->name, partition->number);
    return list;
}

static void
pause_partition(struct consumer *consumer, struct partition *partition)
{
    rd_kafka_topic_partition_list_t *list = list_of(partition);

    rd_kafka_pause_partitions(client_handle(consumer->client), list);
    rd_kafka_topic_partition_list_destroy(list);
}

static void
resume_partition(struct consumer *consumer, struct partition *partition)
{
    rd_kafka_topic_partition_list_t *list = list_of(partition);

    rd_kafka_resume_partitions(client_handle(consumer->client), list);
    rd_kafka_topic_partition_list_destroy(list);
}

/* The next time something is held is due. */
static void
schedule(struct consumer *consumer)
{
    int64_t now = clock_monotonic_us(consumer->clock), soonest = INT64_MAX, wait;
    struct timeval delay;

    for (int i = 0; i < consumer->count; i++)
        if (partition_holds(&consumer->partitions[i]) && consumer->partitions[i].again_us < soonest)
            soonest = consumer->partitions[i].again_us;
    if (soonest == INT64_MAX)
        return;
    wait = soonest > now ? soonest - now : 0;
    delay = (struct timeval){ .tv_sec = wait / 1000000, .tv_usec = wait % 1000000 };
    event_add(consumer->again, &delay);
}

static void
hold(struct consumer *consumer, struct partition *partition)
{
    consumer->stats.held++;
    partition_back_off(partition, clock_monotonic_us(consumer->clock));
    if (consumer->assigned)
        pause_partition(consumer, partition);
    schedule(consumer);
}

static void
stop_partition(struct consumer *consumer, struct partition *partition, const char *why, int64_t offset)
{
    consumer->stats.stopped++;
    partition->stopped = why;
    partition_forget(partition);
    pause_partition(consumer, partition);
    log_error(consumer->client_options.log, "partition stopped: the log is not the one that was read before",
              TEXT("topic", partition->name), INT("partition", partition->number), TEXT("why", why),
              INT("position", positions_get(consumer->positions, partition->topic, partition->number)->next),
              INT("offset", offset));
}

/* ---- the first record after an assign ---- */

/* false: the record, or the end at this offset, shows another log than the one that was read before. */
static bool
fits(const struct partition *partition, int64_t next, int64_t offset, const char *id)
{
    if (partition->expected_id[0] == '\0')
        return offset <= next;                        /* it begins at or before our position: nothing is missing */
    if (offset == partition->expected)
        return id != NULL && strcmp(id, partition->expected_id) == 0;
    return offset == next;                            /* the record before was trimmed in between */
}

static bool
check_first(struct consumer *consumer, struct partition *partition, int64_t offset, const char *id)
{
    int64_t next = positions_get(consumer->positions, partition->topic, partition->number)->next;

    if (partition->checked)
        return true;
    partition->checked = true;
    if (next < 0 || fits(partition, next, offset, id))
        return true;
    stop_partition(consumer, partition, offset > next ? "records_missing" : "other_record_at_position", offset);
    return false;
}

/* The record before our position is not there. A log that begins exactly at our position is fine: look at its first. */
static void
read_from_beginning(struct consumer *consumer, struct partition *partition)
{
    rd_kafka_topic_partition_list_t *list = list_of(partition);
    rd_kafka_error_t *error;

    partition->expected_id[0] = '\0';
    partition->checked = false;
    list->elems[0].offset = RD_KAFKA_OFFSET_BEGINNING;
    error = rd_kafka_seek_partitions(client_handle(consumer->client), list, 0);
    if (error != NULL) {
        log_warn(consumer->client_options.log, "cannot seek", TEXT("topic", partition->name),
                 INT("partition", partition->number), TEXT("error", rd_kafka_error_string(error)));
        rd_kafka_error_destroy(error);
    }
    rd_kafka_topic_partition_list_destroy(list);
}

/* ---- records ---- */

static void
keep_for_turn(struct consumer *consumer, struct partition *partition, rd_kafka_message_t *message)
{
    if (consumer->turn_count == consumer->turn_room) {
        consumer->turn_room = consumer->turn_room == 0 ? 256 : 2 * consumer->turn_room;
        consumer->turn = memory_resize(consumer->turn, consumer->turn_room, sizeof(*consumer->turn));
    }
    consumer->turn[consumer->turn_count++] = (struct taken_record){ partition, message };
}

static void
offer(struct consumer *consumer, struct partition *partition, rd_kafka_message_t *message)
{
    int64_t next = positions_get(consumer->positions, partition->topic, partition->number)->next;
    enum taken taken;

    if (message->offset < next) {       /* read again after an assign or a seek: its effects are there */
        consumer->stats.skipped_again++;
        rd_kafka_message_destroy(message);
        return;
    }
    taken = consumer->listener.on_record(consumer->listener.context, message, partition->topic);
    if (taken == TAKEN_LATER) {
        partition_hold_first(partition, message);
        hold(consumer, partition);
    } else {
        consumer->stats.records++;
        partition->backoff_ms = 0;
        positions_pass(consumer->positions, partition->topic, partition->number, message->offset, record_id(message));
        if (taken == TAKEN)
            keep_for_turn(consumer, partition, message);
        else
            rd_kafka_message_destroy(message);
    }
    consumer->listener.on_record_done(consumer->listener.context);
}

static struct partition *
find(struct consumer *consumer, const rd_kafka_message_t *message)
{
    const char *name = message->rkt == NULL ? "" : rd_kafka_topic_name(message->rkt);

    for (int i = 0; i < consumer->count; i++)
        if (consumer->partitions[i].number == message->partition && strcmp(consumer->partitions[i].name, name) == 0)
            return &consumer->partitions[i];
    return NULL;
}

static void
on_end(struct consumer *consumer, struct partition *partition, int64_t offset)
{
    if (!check_first(consumer, partition, offset, NULL) || !partition->end_wanted || partition_holds(partition))
        return;
    partition->end_wanted = false;
    consumer->listener.on_end(consumer->listener.context, partition->topic, partition->number);
    consumer->listener.on_record_done(consumer->listener.context);
}

static void
take(struct consumer *consumer, rd_kafka_message_t *message)
{
    struct partition *partition = consumer->down ? NULL : find(consumer, message);

    if (partition == NULL || partition->stopped != NULL) {
        rd_kafka_message_destroy(message);
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (!check_first(consumer, partition, message->offset, record_id(message)))
            rd_kafka_message_destroy(message);
        else if (partition_holds(partition))
            partition_hold_last(partition, message);
        else
            offer(consumer, partition, message);
    } else {
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            on_end(consumer, partition, message->offset);
        else if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
            read_from_beginning(consumer, partition);
        else
            log_debug(consumer->client_options.log, "consumer error", TEXT("topic", partition->name),
                      INT("partition", partition->number), TEXT("error", rd_kafka_err2name(message->err)));
        rd_kafka_message_destroy(message);
    }
}

/* What is held is offered in order; a partition that holds nothing any more is read on. */
static void
on_again(evutil_socket_t fd, short what, void *context)
{
    struct consumer *consumer = context;
    int64_t now = clock_monotonic_us(consumer->clock);

    (void)fd, (void)what;
    for (int i = 0; i < consumer->count; i++) {
        struct partition *partition = &consumer->partitions[i];
        rd_kafka_message_t *message;

        if (!partition_holds(partition) || partition->again_us > now)
            continue;
        while (partition->again_us <= now && (message = partition_take(partition)) != NULL)
            offer(consumer, partition, message);
        if (!partition_holds(partition) && consumer->assigned)
            resume_partition(consumer, partition);
    }
    schedule(consumer);
}

/* ---- the client ---- */

static void
on_error(void *context, rd_kafka_resp_err_t error)
{
    struct consumer *consumer = context;

    if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        consumer->down = true;
}

static void
on_ready(void *context)
{
    struct consumer *consumer = context;
    rd_kafka_message_t *message = NULL;

    for (int i = 0; i < RECORDS_A_WAKE; i++) {
        message = rd_kafka_consumer_poll(client_handle(consumer->client), 0);
        if (message == NULL)
            break;
        take(consumer, message);
    }
    if (message != NULL)
        client_wake(consumer->client);
    if (consumer->down && consumer->assigned)
        consumer->listener.on_down(consumer->listener.context);
}

static struct client *
connect_client(struct consumer *consumer, bool embedded)
{
    const struct client_property properties[] = {
        { "group.id", consumer->options.group },
        { "enable.auto.commit", "false" },
        { "enable.auto.offset.store", "false" },
        { "auto.offset.reset", "error" },
        { "enable.partition.eof", "true" },
        { "fetch.wait.max.ms", embedded ? "5" : "100" },
        { "fetch.error.backoff.ms", "50" },
        { "fetch.message.max.bytes", "262144" },
        { "queued.min.messages", "100000" },
        { "queued.max.messages.kbytes", "16384" },
        { NULL, NULL },
    };

    return client_new(consumer->base, RD_KAFKA_CONSUMER, &consumer->client_options, properties,
                      (struct client_listener){ on_ready, on_error, consumer });
}

/* ---- life ---- */

static void
add_partitions(struct consumer *consumer)
{
    const struct consumer_options *options = &consumer->options;

    consumer->partitions = memory_new((size_t)(TOPICS * options->partitions), sizeof(*consumer->partitions));
    for (int topic = 0; topic < TOPICS; topic++)
        for (int number = options->shard; options->topics[topic] != NULL && number < options->partitions;
             number += options->shards)
            consumer->partitions[consumer->count++] = (struct partition){
                .topic = (enum topic)topic, .number = number, .name = options->topics[topic],
                .durable = -1, .reported = -1,
            };
}

struct consumer *
consumer_new(struct event_base *base, const struct clock *clock, struct positions *positions,
             const struct client_options *client, const struct consumer_options *options,
             struct consumer_listener listener)
{
    struct consumer *consumer = memory_new(1, sizeof(*consumer));

    consumer->base = base;
    consumer->clock = clock;
    consumer->positions = positions;
    consumer->client_options = *client;
    consumer->options = *options;
    consumer->listener = listener;
    consumer->again = event_new(base, -1, 0, on_again, consumer);
    add_partitions(consumer);
    return consumer;
}

void
consumer_free(struct consumer *consumer)
{
    if (consumer == NULL)
        return;
    for (int i = 0; i < consumer->count; i++)
        partition_forget(&consumer->partitions[i]);
    for (size_t i = 0; i < consumer->turn_count; i++)
        rd_kafka_message_destroy(consumer->turn[i].message);
    event_free(consumer->again);
    client_free(consumer->client);
    free(consumer->turn);
    free(consumer->partitions);
    free(consumer);
}

/* Reading starts one record early where that record's id is known: it shows that the log is still the same. */
static int64_t
start_of(struct consumer *consumer, struct partition *partition)
{
    const struct position *position = positions_get(consumer->positions, partition->topic, partition->number);

    partition->checked = position->next <= 0;
    partition->expected = position->next - 1;
    strcpy(partition->expected_id, position->last_event_id);
    partition->durable = position->next;
    if (position->next < 0)
        return RD_KAFKA_OFFSET_BEGINNING;
    return position->next > 0 && position->last_event_id[0] != '\0' ? position->next - 1 : position->next;
}

void
consumer_assign(struct consumer *consumer, bool embedded)
{
    rd_kafka_topic_partition_list_t *list;

    if (consumer->count == 0)
        return;
    if (consumer->client == NULL)
        consumer->client = connect_client(consumer, embedded);
    if (consumer->client == NULL)
        return;
    list = rd_kafka_topic_partition_list_new(consumer->count);
    for (int i = 0; i < consumer->count; i++) {
        struct partition *partition = &consumer->partitions[i];

        partition_forget(partition);
        partition->stopped = NULL;
        partition->end_wanted = false;
        rd_kafka_topic_partition_list_add(list, partition->name, partition->number)->offset =
            start_of(consumer, partition);
    }
    consumer->down = false;
    consumer->assigned = rd_kafka_assign(client_handle(consumer->client), list) == RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_topic_partition_list_destroy(list);
}

void
consumer_unassign(struct consumer *consumer)
{
    if (!consumer->assigned)
        return;
    rd_kafka_assign(client_handle(consumer->client), NULL);
    consumer->assigned = false;
    for (int i = 0; i < consumer->count; i++)
        partition_forget(&consumer->partitions[i]);
}

static void
give_back(struct consumer *consumer)
{
    while (consumer->turn_count > 0) {
        struct taken_record *record = &consumer->turn[--consumer->turn_count];
        bool first = !partition_holds(record->partition);

        partition_hold_first(record->partition, record->message);
        if (first)
            hold(consumer, record->partition);
    }
}

void
consumer_after_commit(void *context, bool committed)
{
    struct consumer *consumer = context;

    if (!committed) {
        give_back(consumer);
        return;
    }
    for (size_t i = 0; i < consumer->turn_count; i++)
        rd_kafka_message_destroy(consumer->turn[i].message);
    consumer->turn_count = 0;
    for (int i = 0; i < consumer->count; i++) {
        struct partition *partition = &consumer->partitions[i];

        partition->durable = positions_get(consumer->positions, partition->topic, partition->number)->next;
    }
}

void
consumer_tick(struct consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list;

    if (!consumer->assigned)
        return;
    list = rd_kafka_topic_partition_list_new(consumer->count);
    for (int i = 0; i < consumer->count; i++) {
        struct partition *partition = &consumer->partitions[i];

        if (partition->durable <= partition->reported || partition->durable < 0)
            continue;
        rd_kafka_topic_partition_list_add(list, partition->name, partition->number)->offset = partition->durable;
        partition->reported = partition->durable;
    }
    if (list->cnt > 0)
        rd_kafka_commit(client_handle(consumer->client), list, 1);
    rd_kafka_topic_partition_list_destroy(list);
}

/* librdkafka reports an end once; a pause and a resume make it report it again, and no record. */
bool
consumer_want_end(struct consumer *consumer, enum topic topic, int partition)
{
    for (int i = 0; i < consumer->count; i++) {
        struct partition *wanted = &consumer->partitions[i];

        if (wanted->topic != topic || wanted->number != partition)
            continue;
        if (!consumer->assigned || wanted->stopped != NULL || partition_holds(wanted))
            return false;
        wanted->end_wanted = true;
        pause_partition(consumer, wanted);
        resume_partition(consumer, wanted);
        return true;
    }
    return false;
}

static int64_t
lag_of(const struct consumer *consumer, const struct partition *partition)
{
    int64_t next = positions_get(consumer->positions, partition->topic, partition->number)->next, low, high;

    if (!consumer->assigned
        || rd_kafka_get_watermark_offsets(client_handle(consumer->client), partition->name, partition->number, &low,
                                          &high) != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0)
        return -1;
    if (next < 0)
        next = low < 0 ? 0 : low;
    return high > next ? high - next : 0;
}

bool
consumer_partition(const struct consumer *consumer, int index, struct partition_state *state)
{
    const struct partition *partition;

    if (index >= consumer->count)
        return false;
    partition = &consumer->partitions[index];
    *state = (struct partition_state){
        .topic = partition->topic,
        .partition = partition->number,
        .lag = lag_of(consumer, partition),
        .held = partition_holds(partition),
        .stopped = partition->stopped,
    };
    return true;
}

const struct consumer_stats *
consumer_stats(const struct consumer *consumer)
{
    return &consumer->stats;
}
