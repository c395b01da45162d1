/* Reading: librdkafka's consumer with an assignment of the caller's. */
#include "kafka.h"

#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "sim.h"

#include <event2/event.h>
#include <stdlib.h>

/* ---- what is read, and from where ---- */

/* What was fetched and is not polled is thrown away. */
static void
purge(struct reader *reader)
{
    struct arrival *arrival, *kept = NULL, *last = NULL;
    rd_kafka_t *handle = reader->handle;

    while ((arrival = kafka_pop(handle)) != NULL) {
        if (arrival->from == reader) {
            free(arrival);
            continue;
        }
        arrival->next = NULL;
        if (last == NULL)
            kept = arrival;
        else
            last->next = arrival;
        last = arrival;
    }
    handle->first = kept;
    handle->last = last;
    reader->queued = 0;
}

static struct reader *
reader_of(rd_kafka_t *handle, const rd_kafka_topic_partition_t *place)
{
    enum topic topic = ORDERS;

    topic_parse(place->topic, &topic);
    return &handle->readers[topic][place->partition];
}

static void
unassign(struct reader *reader)
{
    agenda_remove(&sim.agenda, &reader->fetch);
    purge(reader);
    reader->assigned = false;
}

static void
assign(struct reader *reader, int64_t offset)
{
    unassign(reader);
    reader->assigned = true;
    reader->stopped = false;
    reader->end_due = true;
    reader->next = reader->polled = offset == RD_KAFKA_OFFSET_BEGINNING ? 0 : offset;
    reader->high = -1;
    reader_wake(reader);
}

/* A pause that there was stays: librdkafka keeps it. */
rd_kafka_resp_err_t
rd_kafka_assign(rd_kafka_t *handle, const rd_kafka_topic_partition_list_t *list)
{
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int i = 0; i < CLUSTER_PARTITIONS; i++)
            if (handle->readers[topic][i].assigned)
                unassign(&handle->readers[topic][i]);
    for (int i = 0; list != NULL && i < list->cnt; i++)
        assign(reader_of(handle, &list->elems[i]), list->elems[i].offset);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_error_t *
rd_kafka_incremental_assign(rd_kafka_t *handle, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++)
        assign(reader_of(handle, &list->elems[i]), list->elems[i].offset);
    return NULL;
}

rd_kafka_error_t *
rd_kafka_incremental_unassign(rd_kafka_t *handle, const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++)
        unassign(reader_of(handle, &list->elems[i]));
    return NULL;
}

rd_kafka_resp_err_t
rd_kafka_pause_partitions(rd_kafka_t *handle, rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        struct reader *reader = reader_of(handle, &list->elems[i]);

        sim_trace(handle->member->name, "pauses %s/%d", topic_name((enum topic)reader->topic), reader->number);
        reader->paused = true;
        purge(reader);
        reader->next = reader->polled;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t
rd_kafka_resume_partitions(rd_kafka_t *handle, rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        struct reader *reader = reader_of(handle, &list->elems[i]);

        sim_trace(handle->member->name, "resumes %s/%d", topic_name((enum topic)reader->topic), reader->number);
        reader->paused = false;
        reader->end_due = true;
        reader_wake(reader);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t
rd_kafka_get_watermark_offsets(rd_kafka_t *handle, const char *name, int32_t partition, int64_t *low, int64_t *high)
{
    enum topic topic = ORDERS;

    topic_parse(name, &topic);
    *high = handle->readers[topic][partition].high;
    *low = *high < 0 ? -1 : 0;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* ---- polling ---- */

/* The mutant's consumer notes that a record is done before it hands it over. */
static void
store_position_first(const struct member *member, const rd_kafka_message_t *message)
{
    static const char sql[] =
        "UPDATE position SET next_offset = :next, last_event_id = NULL WHERE topic = :topic AND partition = :partition";

    group_begin(member->group);
    db_run(member->db, sql,
           FIELDS(INT("next", message->offset + 1), TEXT("topic", rd_kafka_topic_name(message->rkt)),
                  INT("partition", message->partition)));
    group_commit(member->group);
}

/* Ends after a few messages, as if no more had come: the next wake-up may be somebody else's. */
rd_kafka_message_t *
rd_kafka_consumer_poll(rd_kafka_t *handle, int timeout_ms)
{
    struct arrival *arrival;

    (void)timeout_ms;
    if (handle->first != NULL && handle->budget <= 0) {
        event_active(handle->wake, EV_READ, 0);
        return NULL;
    }
    while ((arrival = kafka_pop(handle)) != NULL && arrival->from == NULL) {
        handle->listener.on_error(handle->listener.context, arrival->error);
        free(arrival);
    }
    if (arrival == NULL)
        return NULL;
    handle->budget--;
    arrival->from->queued--;
    if (arrival->message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        arrival->from->polled = arrival->message.offset + 1;
        sim.tally.delivered++;
        if (sim.mutant == MUTANT_POSITION_FIRST)
            store_position_first(handle->member, &arrival->message);
    }
    reader_wake(arrival->from);
    return &arrival->message;
}

void
rd_kafka_message_destroy(rd_kafka_message_t *message)
{
    free(message->_private);
}

/* What is committed to Kafka is for people's eyes only: nobody starts there. */
rd_kafka_resp_err_t
rd_kafka_commit(rd_kafka_t *handle, const rd_kafka_topic_partition_list_t *offsets, int asynchronous)
{
    (void)handle, (void)offsets, (void)asynchronous;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}
