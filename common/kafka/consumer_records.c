#include "consumer_private.h"

#include "../base/clock.h"
#include "../base/faults.h"
#include "../base/log.h"
#include "../store/position.h"
#include "message.h"

#include <event2/event.h>
#include <string.h>

enum { RECORDS_A_WAKE = 128 };      /* then others have their turn */

static void
keep_for_turn(struct consumer *consumer, struct partition *partition, rd_kafka_message_t *message)
{
    if (consumer->turn_count == consumer->turn_room) {
        consumer->turn_room = consumer->turn_room == 0 ? 256 : 2 * consumer->turn_room;
        consumer->turn = memory_resize(consumer->turn, consumer->turn_room, sizeof(*consumer->turn));
    }
    consumer->turn[consumer->turn_count++] = (struct taken_record){ partition, message };
}

/* The record is passed: its turn will store the position behind it. */
static void
pass(struct consumer *consumer, struct partition *partition, const struct record *record)
{
    consumer->stats.records++;
    partition->backoff_ms = 0;
    positions_pass(consumer->positions, partition->topic, partition->number, record->offset, record_id(record));
}

static void
offer(struct consumer *consumer, struct partition *partition, rd_kafka_message_t *message)
{
    int64_t next = positions_get(consumer->positions, partition->topic, partition->number)->next;
    struct record record;
    struct taken taken;

    if (message->offset < next) {       /* read again after an assign or a seek: its effects are there */
        consumer->stats.skipped_again++;
        rd_kafka_message_destroy(message);
        return;
    }
    record = message_record(message, partition->topic, &consumer->arena);
    crash_point(consumer->options.faults, POINT_RECORD_TAKEN);
    taken = consumer->listener.on_record(consumer->listener.context, &record);
    switch (taken.how) {
    case TAKEN:
        pass(consumer, partition, &record);
        keep_for_turn(consumer, partition, message);
        break;
    case TAKEN_SKIPPED:
        pass(consumer, partition, &record);
        partition->skipped = true;
        rd_kafka_message_destroy(message);
        break;
    case TAKEN_LATER:
        partition_hold_again(partition, message);
        consumer_hold(consumer, partition, taken.again_ms);
        break;
    case TAKEN_HALT:
        rd_kafka_message_destroy(message);
        consumer_stop(consumer, partition, taken.why, record.offset);
        break;
    }
    arena_reset(&consumer->arena);
    consumer->listener.on_record_done(consumer->listener.context);
}

struct partition *
consumer_find(struct consumer *consumer, enum topic topic, int number)
{
    for (int i = 0; i < consumer->count; i++)
        if (consumer->partitions[i].topic == topic && consumer->partitions[i].number == number)
            return &consumer->partitions[i];
    return NULL;
}

/* Due at once, but nothing is offered before consumer_go_on. */
static void
hold_while_resting(struct consumer *consumer, struct partition *partition, rd_kafka_message_t *message)
{
    partition_hold_last(partition, message);
    partition->again_us = clock_monotonic_us(consumer->clock);
    consumer_pause_fetch(consumer, partition);
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
    int64_t asked_ms = partition->end_wanted_ms;

    if (!consumer_check_first(consumer, partition, offset, NULL) || asked_ms == 0 || partition_holds(partition)
        || consumer->resting)
        return;
    if (!partition->end_is_fresh) {
        consumer_fetch_end(consumer, partition);
        return;
    }
    partition->end_wanted_ms = 0;
    consumer->listener.on_end(consumer->listener.context, partition->topic, partition->number, asked_ms);
    consumer->listener.on_record_done(consumer->listener.context);
}

static void
on_consumer_error(struct consumer *consumer, struct partition *partition, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        consumer_refuse(consumer, partition, message->err);
    else if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
        consumer_read_from_beginning(consumer, partition);
    else
        log_debug(consumer->client_options.log, "consumer error", TEXT("topic", partition->name),
                  INT("partition", partition->number), TEXT("error", rd_kafka_err2name(message->err)));
}

static void
take(struct consumer *consumer, rd_kafka_message_t *message)
{
    struct partition *partition = consumer->down ? NULL : find(consumer, message);

    if (partition == NULL || partition->stopped != NULL) {
        rd_kafka_message_destroy(message);
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        consumer_allow(consumer, partition);
        if (!consumer_check_first(consumer, partition, message->offset, message))
            rd_kafka_message_destroy(message);
        else if (partition_holds(partition))
            partition_hold_last(partition, message);
        else if (consumer->resting)
            hold_while_resting(consumer, partition, message);
        else
            offer(consumer, partition, message);
    } else {
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            consumer_allow(consumer, partition);
            on_end(consumer, partition, message->offset);
        } else {
            on_consumer_error(consumer, partition, message);
        }
        rd_kafka_message_destroy(message);
    }
}

/* What is held is offered in order; a partition that holds nothing any more is read on. */
void
consumer_on_again(int fd, short what, void *context)
{
    struct consumer *consumer = context;
    int64_t now = clock_monotonic_us(consumer->clock);

    (void)fd, (void)what;
    if (consumer->resting)
        return;
    for (int i = 0; i < consumer->count; i++) {
        struct partition *partition = &consumer->partitions[i];
        rd_kafka_message_t *message;

        if (!partition_holds(partition) || partition->again_us > now)
            continue;
        while (partition->again_us <= now && partition->stopped == NULL && (message = partition_take(partition)) != NULL)
            offer(consumer, partition, message);
        if (!partition_holds(partition) && partition->stopped == NULL && consumer->assigned)
            consumer_resume_fetch(consumer, partition);
    }
    consumer_schedule(consumer);
}

/* Nothing keeps them: without this the position would stay before them until the next record comes, and the end, which
 * timers wait for, would not be seen. */
static void
read_skipped_again(struct consumer *consumer)
{
    for (int i = 0; i < consumer->count; i++) {
        struct partition *partition = &consumer->partitions[i];
        int64_t next = positions_get(consumer->positions, partition->topic, partition->number)->next;

        if (partition->skipped && consumer->assigned && partition->stopped == NULL)
            consumer_read_from(consumer, partition, next < 0 ? RD_KAFKA_OFFSET_BEGINNING : next);
        partition->skipped = false;
    }
}

static void
give_back(struct consumer *consumer)
{
    while (consumer->turn_count > 0) {
        struct taken_record *record = &consumer->turn[--consumer->turn_count];
        bool waiting = partition_holds(record->partition)
                       && record->partition->again_us > clock_monotonic_us(consumer->clock);

        if (record->partition->stopped != NULL) {       /* its position went back: a resume reads it again */
            rd_kafka_message_destroy(record->message);
            continue;
        }
        partition_hold_again(record->partition, record->message);
        if (!waiting)
            consumer_hold(consumer, record->partition, 0);
    }
}

/* ---- the end of a turn ---- */

void
consumer_after_commit(void *context, bool committed)
{
    struct consumer *consumer = context;

    if (!committed) {
        give_back(consumer);
        read_skipped_again(consumer);
        return;
    }
    for (size_t i = 0; i < consumer->turn_count; i++)
        rd_kafka_message_destroy(consumer->turn[i].message);
    consumer->turn_count = 0;
    for (int i = 0; i < consumer->count; i++) {
        struct partition *partition = &consumer->partitions[i];

        partition->durable = positions_get(consumer->positions, partition->topic, partition->number)->next;
        partition->skipped = false;
    }
}

/* ---- the client ---- */

void
consumer_on_error(void *context, rd_kafka_resp_err_t error)
{
    struct reader *reader = context;

    if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        reader->consumer->down = true;
}

void
consumer_on_ready(void *context)
{
    struct reader *reader = context;
    struct consumer *consumer = reader->consumer;
    rd_kafka_message_t *message = NULL;

    for (int i = 0; i < RECORDS_A_WAKE; i++) {
        message = rd_kafka_consumer_poll(client_handle(reader->client), 0);
        if (message == NULL)
            break;
        take(consumer, message);
    }
    if (message != NULL)
        client_wake(reader->client);
    if (consumer->down && consumer->assigned)
        consumer->listener.on_down(consumer->listener.context);
}
