/* What makes a partition wait, stop, or begin anew. */
#include "consumer_private.h"

#include "../base/clock.h"
#include "../base/log.h"
#include "../store/position.h"
#include "message.h"

#include <event2/event.h>

/* ---- pausing ---- */

void
consumer_pause_fetch(struct consumer *consumer, struct partition *partition)
{
    rd_kafka_topic_partition_list_t *list = partition_list(partition);

    rd_kafka_pause_partitions(consumer_handle(consumer, partition), list);
    rd_kafka_topic_partition_list_destroy(list);
}

void
consumer_resume_fetch(struct consumer *consumer, struct partition *partition)
{
    rd_kafka_topic_partition_list_t *list = partition_list(partition);

    rd_kafka_resume_partitions(consumer_handle(consumer, partition), list);
    rd_kafka_topic_partition_list_destroy(list);
}

/* An end that waits to be polled says how the log was when it was fetched: what came since may stand behind it. */
void
consumer_fetch_end(struct consumer *consumer, struct partition *partition)
{
    consumer_pause_fetch(consumer, partition);
    consumer_resume_fetch(consumer, partition);
    partition->end_is_fresh = true;
}

/* ---- not allowed ---- */

static bool
topic_is_refused(const struct consumer *consumer, enum topic topic)
{
    for (int i = 0; i < consumer->count; i++)
        if (consumer->partitions[i].topic == topic && consumer->partitions[i].refused != NULL)
            return true;
    return false;
}

/* librdkafka tries on by itself. All partitions of the topic are refused together: that is said once. */
void
consumer_refuse(struct consumer *consumer, struct partition *partition, rd_kafka_resp_err_t error)
{
    bool said = topic_is_refused(consumer, partition->topic);

    partition->refused = rd_kafka_err2name(error);
    if (!said)
        log_error(consumer->client_options.log, "a topic gives us nothing: our user may not read it; trying on",
                  TEXT("topic", partition->name), TEXT("why", partition->refused));
}

/* A record or an end has come. */
void
consumer_allow(const struct consumer *consumer, struct partition *partition)
{
    if (partition->refused == NULL)
        return;
    partition->refused = NULL;
    if (!topic_is_refused(consumer, partition->topic))
        log_info(consumer->client_options.log, "a topic is read again", TEXT("topic", partition->name));
}

/* ---- holding back ---- */

/* The next time something is held is due. */
void
consumer_schedule(struct consumer *consumer)
{
    int64_t now = clock_monotonic_us(consumer->clock), soonest = INT64_MAX, wait;
    struct timeval delay;

    for (int i = 0; i < consumer->count; i++)
        if (partition_holds(&consumer->partitions[i]) && consumer->partitions[i].stopped == NULL
            && consumer->partitions[i].again_us < soonest)
            soonest = consumer->partitions[i].again_us;
    if (soonest == INT64_MAX)
        return;
    wait = soonest > now ? soonest - now : 0;
    delay = (struct timeval){ .tv_sec = wait / 1000000, .tv_usec = wait % 1000000 };
    event_add(consumer->again, &delay);
}

void
consumer_hold(struct consumer *consumer, struct partition *partition, int again_ms)
{
    consumer->stats.held++;
    partition_back_off(partition, clock_monotonic_us(consumer->clock), again_ms);
    if (consumer->assigned)
        consumer_pause_fetch(consumer, partition);
    consumer_schedule(consumer);
}

static void
stop_partition(struct consumer *consumer, struct partition *partition, const char *why, int64_t offset)
{
    consumer->stats.stopped++;
    partition->stopped = why;
    partition_forget(partition);
    consumer_pause_fetch(consumer, partition);
    log_error(consumer->client_options.log, "partition stopped: the log is not the one that was read before; decide with ctl consumer resume|reset",
              TEXT("topic", partition->name), INT("partition", partition->number), TEXT("why", why),
              INT("position", positions_get(consumer->positions, partition->topic, partition->number)->next),
              INT("offset", offset));
}

void
consumer_stop(struct consumer *consumer, struct partition *partition, const char *why, int64_t offset)
{
    consumer->stats.stopped++;
    consumer_halt(consumer, partition->topic, partition->number, why);
    log_error(consumer->client_options.log, "partition stopped until an operator resumes it: ctl consumer resume",
              TEXT("topic", partition->name), INT("partition", partition->number), TEXT("why", why),
              INT("offset", offset));
}

/* ---- the first record after an assign ---- */

/* message: NULL at the end of the partition. */
bool
consumer_check_first(struct consumer *consumer, struct partition *partition, int64_t offset, const rd_kafka_message_t *message)
{
    int64_t next = positions_get(consumer->positions, partition->topic, partition->number)->next;
    const char *why = NULL;

    if (message == NULL && partition_seems_short(partition, next, offset, clock_monotonic_us(consumer->clock)))
        return false;                   /* consumer_tick asks for the end again */
    if (!partition->checked && message != NULL) {
        struct record record = message_record(message, partition->topic, &consumer->arena);

        why = partition_check(partition, next, offset, record_id(&record));
        arena_reset(&consumer->arena);
    } else if (!partition->checked) {
        why = partition_check(partition, next, offset, NULL);
    }
    if (why == NULL)
        return true;
    stop_partition(consumer, partition, why, offset);
    return false;
}

/* After an error librdkafka has stopped the partition, and takes no seek without a word: it is assigned anew. */
void
consumer_read_from(struct consumer *consumer, struct partition *partition, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = partition_list(partition);
    rd_kafka_t *handle = consumer_handle(consumer, partition);
    rd_kafka_error_t *error = rd_kafka_incremental_unassign(handle, list);

    list->elems[0].offset = offset;
    if (error == NULL)
        error = rd_kafka_incremental_assign(handle, list);
    if (error != NULL) {
        log_error(consumer->client_options.log, "cannot read on", TEXT("topic", partition->name),
                  INT("partition", partition->number), TEXT("error", rd_kafka_error_string(error)));
        rd_kafka_error_destroy(error);
    }
    rd_kafka_topic_partition_list_destroy(list);
}

/* The record before our position is not there. A log that begins exactly at our position is fine: look at its first. */
void
consumer_read_from_beginning(struct consumer *consumer, struct partition *partition)
{
    partition_begin_at_beginning(partition);
    consumer_read_from(consumer, partition, RD_KAFKA_OFFSET_BEGINNING);
}
