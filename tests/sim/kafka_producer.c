/* Writing: librdkafka's idempotent producer. Batches of one partition stay in order while their producer lives. */
#include "kafka.h"

#include "sim.h"

#include <assert.h>
#include <stdlib.h>

enum { LINGER_US = 1000, LATE_US = 5000000, AWAY_US = 100000 };

/* ---- records on their way ---- */

void
sendings_add(struct sendings *sendings, struct sending *sending)
{
    sending->next = NULL;
    if (sendings->last == NULL)
        sendings->first = sending;
    else
        sendings->last->next = sending;
    sendings->last = sending;
}

static struct sending *
sendings_take(struct sendings *sendings)
{
    struct sending *sending = sendings->first;

    if (sending != NULL)
        sendings->first = sending->next;
    if (sendings->first == NULL)
        sendings->last = NULL;
    return sending;
}

void
sendings_free(struct sendings *sendings)
{
    struct sending *sending;

    while ((sending = sendings_take(sendings)) != NULL)
        free(sending);
}

/* ---- reports: an event as librdkafka hands it over ---- */

static void
report(rd_kafka_t *handle, struct sendings *sendings, rd_kafka_resp_err_t error)
{
    struct arrival *arrival = memory_new(1, sizeof(*arrival));

    arrival->reports = memory_new(1, sizeof(*arrival->reports));
    arrival->reports->sendings = *sendings;
    arrival->reports->message.err = error;
    *sendings = (struct sendings){ NULL, NULL };
    kafka_push(handle, arrival);
}

const rd_kafka_message_t *
rd_kafka_event_message_next(rd_kafka_event_t *reports)
{
    free(reports->current);
    reports->current = sendings_take(&reports->sendings);
    if (reports->current == NULL)
        return NULL;
    reports->message._private = reports->current->tag;
    return &reports->message;
}

void
rd_kafka_event_destroy(rd_kafka_event_t *reports)
{
    sendings_free(&reports->sendings);
    free(reports->current);
    free(reports);
}

/* ---- batches ---- */

static void on_arrival(void *context);

static void
batch_free(struct batch *batch)
{
    agenda_remove(&sim.agenda, &batch->task);
    sendings_free(&batch->sendings);
    free(batch);
}

static void
lane_wake(struct lane *lane)
{
    if (lane->batch == NULL && lane->waiting.first != NULL && lane->ship.place == 0)
        agenda_put(&sim.agenda, &lane->ship, sim_soon(0, LINGER_US));
}

static void
on_acknowledged(void *context)
{
    struct batch *batch = context;
    struct lane *lane = batch->lane;

    if (lane != NULL) {
        lane->batch = NULL;
        if (sim.mutant != MUTANT_REPORT_FIRST)
            report(lane->handle, &batch->sendings, batch->error);
        lane_wake(lane);
    }
    batch_free(batch);
}

/* One record that is refused takes all others of its request with it. */
static rd_kafka_resp_err_t
judge(const struct batch *batch)
{
    if (cluster_refuses_topic(batch->topic))
        return RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    for (const struct sending *sending = batch->sendings.first; sending != NULL; sending = sending->next)
        if (cluster_refuses(sending->record)) {
            sim_count(MISHAP_REFUSED_RECORD);
            return RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
        }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void
append(const struct batch *batch)
{
    for (const struct sending *sending = batch->sendings.first; sending != NULL; sending = sending->next)
        cluster_append(batch->topic, batch->number, sending->record);
}

static void
on_arrival(void *context)
{
    struct batch *batch = context;

    if (batch->lane == NULL && (!cluster_is_up() || batch->life != cluster_life())) {
        batch_free(batch);
        return;
    }
    if (!cluster_is_up()) {
        agenda_put(&sim.agenda, &batch->task, sim_soon(AWAY_US, 2 * AWAY_US));
        return;
    }
    batch->error = judge(batch);
    if (batch->error == RD_KAFKA_RESP_ERR_NO_ERROR)
        append(batch);
    if (batch->lane == NULL || !sim_strikes(MISHAP_LOST_ACK))
        batch->task.run = on_acknowledged;
    agenda_put(&sim.agenda, &batch->task, sim_now_us() + sim_latency_us());
}

/* All that waits for the partition, or some of it: librdkafka makes a request of what it has at that moment. */
static void
on_ship(void *context)
{
    struct lane *lane = context;
    struct batch *batch = memory_new(1, sizeof(*batch));
    int room = (int)chance_between(&sim.chance, 1, 20);
    struct sending *sending;

    *batch = (struct batch){ .task = { .run = on_arrival, .context = batch }, .lane = lane, .topic = lane->topic,
                             .number = lane->number, .life = cluster_life() };
    while (room-- > 0 && (sending = sendings_take(&lane->waiting)) != NULL)
        sendings_add(&batch->sendings, sending);
    lane->batch = batch;
    agenda_put(&sim.agenda, &batch->task, sim_now_us() + sim_latency_us());
}

/* ---- a producer's lanes ---- */

void
lanes_init(rd_kafka_t *handle)
{
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int i = 0; i < CLUSTER_PARTITIONS; i++) {
            struct lane *lane = &handle->lanes[topic][i];

            *lane = (struct lane){ .ship = { .run = on_ship, .context = lane }, .handle = handle, .topic = topic,
                                   .number = i };
        }
}

void
lanes_wake(rd_kafka_t *handle)
{
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int i = 0; i < CLUSTER_PARTITIONS; i++)
            lane_wake(&handle->lanes[topic][i]);
}

/* The broker may still have the request in hand when the connection it came by is closed: it takes it late, after what a
 * new producer has sent. */
static void
orphan(struct batch *batch)
{
    batch->lane = NULL;
    if (batch->task.run == on_arrival && sim_strikes(MISHAP_LATE_BATCH))
        agenda_put(&sim.agenda, &batch->task, sim_soon(0, LATE_US));
    else
        batch_free(batch);
}

static void
lane_release(struct lane *lane)
{
    agenda_remove(&sim.agenda, &lane->ship);
    sendings_free(&lane->waiting);
    if (lane->batch != NULL)
        orphan(lane->batch);
    lane->batch = NULL;
}

void
lanes_release(rd_kafka_t *handle)
{
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int i = 0; i < CLUSTER_PARTITIONS; i++)
            lane_release(&handle->lanes[topic][i]);
}

static void
lane_fail(struct lane *lane)
{
    struct sendings all = { NULL, NULL };
    struct sending *copy;

    for (const struct sending *sending = lane->batch == NULL ? NULL : lane->batch->sendings.first; sending != NULL;
         sending = sending->next) {
        copy = memory_new(1, sizeof(*copy));
        *copy = *sending;
        sendings_add(&all, copy);
    }
    while ((copy = sendings_take(&lane->waiting)) != NULL)
        sendings_add(&all, copy);
    lane_release(lane);
    if (all.first != NULL)
        report(lane->handle, &all, RD_KAFKA_RESP_ERR__FATAL);
}

void
lanes_fail(rd_kafka_t *handle)
{
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int i = 0; i < CLUSTER_PARTITIONS; i++)
            lane_fail(&handle->lanes[topic][i]);
}

/* ---- producing ---- */

/* The mutant's producer says that the broker has the record when it has not even been sent. */
static void
report_first(rd_kafka_t *handle, const struct sending *sending)
{
    struct sendings one = { NULL, NULL };
    struct sending *copy = memory_new(1, sizeof(*copy));

    *copy = *sending;
    sendings_add(&one, copy);
    report(handle, &one, RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void
send_record(rd_kafka_t *handle, const struct record *record, void *tag)
{
    struct sending *sending = memory_new(1, sizeof(*sending));
    struct lane *lane = &handle->lanes[record->topic][record->partition];

    assert(record->partition >= 0 && record->partition < sim.plan.partitions);
    *sending = (struct sending){ .record = cluster_keep(record), .tag = tag };
    sendings_add(&lane->waiting, sending);
    if (sim.mutant == MUTANT_REPORT_FIRST)
        report_first(handle, sending);
    lane_wake(lane);
}

/* Takes the fields of one record. The headers are those of common/kafka/message.h, which brought the record along. */
static void *
read_fields(const rd_kafka_vu_t *fields, size_t count, struct record *record, rd_kafka_headers_t **headers)
{
    void *tag = NULL;

    for (size_t i = 0; i < count; i++) {
        const rd_kafka_vu_t *field = &fields[i];

        if (field->vtype == RD_KAFKA_VTYPE_RKT) {
            topic_parse(rd_kafka_topic_name(field->u.rkt), &record->topic);
        } else if (field->vtype == RD_KAFKA_VTYPE_PARTITION) {
            record->partition = field->u.i32;
        } else if (field->vtype == RD_KAFKA_VTYPE_KEY) {
            record->key = field->u.mem.ptr;
            record->key_size = field->u.mem.size;
        } else if (field->vtype == RD_KAFKA_VTYPE_VALUE) {
            record->value = field->u.mem.ptr;
            record->value_size = field->u.mem.size;
        } else if (field->vtype == RD_KAFKA_VTYPE_TIMESTAMP) {
            record->timestamp = field->u.i64;
        } else if (field->vtype == RD_KAFKA_VTYPE_OPAQUE) {
            tag = field->u.ptr;
        } else if (field->vtype == RD_KAFKA_VTYPE_HEADERS) {
            *headers = field->u.headers;
            record->headers = kafka_record_of(*headers)->headers;
            record->header_count = kafka_record_of(*headers)->header_count;
        }
    }
    return tag;
}

rd_kafka_error_t *
rd_kafka_produceva(rd_kafka_t *handle, const rd_kafka_vu_t *fields, size_t count)
{
    rd_kafka_headers_t *headers = NULL;
    struct record record = { .offset = -1 };
    void *tag = read_fields(fields, count, &record, &headers);

    member_crash_point(handle->member, "before a row is produced");
    if (!handle->member->dead)
        send_record(handle, &record, tag);
    rd_kafka_headers_destroy(headers);
    return NULL;
}

rd_kafka_resp_err_t
rd_kafka_fatal_error(rd_kafka_t *handle, char *text, size_t size)
{
    (void)handle;
    snprintf(text, size, "simulated");
    return RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
}
