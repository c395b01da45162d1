/* How what the broker has reaches the queue of a consumer. */
#include "kafka.h"

#include "sim.h"

enum { FETCHED_AT_ONCE = 8, QUEUED = 32 };

static void
push(struct reader *reader, rd_kafka_resp_err_t error, int64_t offset, const struct record *record)
{
    struct arrival *arrival = memory_new(1, sizeof(*arrival));

    arrival->from = reader;
    arrival->record = record;
    arrival->message = (rd_kafka_message_t){
        .err = error,
        .rkt = kafka_topic(reader->topic),
        .partition = reader->number,
        .offset = offset,
        ._private = arrival,
    };
    reader->queued++;
    kafka_push(reader->handle, arrival);
}

static bool
reads(const struct reader *reader)
{
    return reader->assigned && !reader->paused && !reader->stopped && cluster_is_up() && reader->queued < QUEUED;
}

/* One answer of the broker: what there is from the offset on, and its end if nothing follows. */
static void
on_fetch(void *context)
{
    struct reader *reader = context;
    int64_t end = cluster_end(reader->topic, reader->number);
    int64_t stop = reader->next + chance_between(&sim.chance, 1, FETCHED_AT_ONCE);

    if (!reads(reader))
        return;
    reader->high = end;
    if (reader->next > end) {
        reader->stopped = true;
        push(reader, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, reader->next, NULL);
        return;
    }
    for (; reader->next < end && reader->next < stop; reader->next++) {
        push(reader, RD_KAFKA_RESP_ERR_NO_ERROR, reader->next,
             cluster_record(reader->topic, reader->number, reader->next));
        reader->end_due = true;
    }
    if (reader->next == end && reader->end_due) {
        reader->end_due = false;
        push(reader, RD_KAFKA_RESP_ERR__PARTITION_EOF, end, NULL);
    }
    reader_wake(reader);
}

void
reader_wake(struct reader *reader)
{
    int64_t at;

    if (!reads(reader) || reader->fetch.place != 0
        || (reader->next == cluster_end(reader->topic, reader->number) && !reader->end_due))
        return;
    at = sim_now_us() + sim_latency_us();
    if (sim_strikes(MISHAP_SLOW_PARTITION))
        at += chance_between(&sim.chance, 1000, 30000000);
    agenda_put(&sim.agenda, &reader->fetch, at);
}

void
readers_init(rd_kafka_t *handle)
{
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int i = 0; i < CLUSTER_PARTITIONS; i++) {
            struct reader *reader = &handle->readers[topic][i];

            *reader = (struct reader){ .fetch = { .run = on_fetch, .context = reader }, .handle = handle,
                                       .topic = topic, .number = i, .high = -1 };
        }
}

void
readers_release(rd_kafka_t *handle)
{
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int i = 0; i < CLUSTER_PARTITIONS; i++)
            agenda_remove(&sim.agenda, &handle->readers[topic][i].fetch);
}
