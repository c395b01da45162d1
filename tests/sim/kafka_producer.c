/* Writing: librdkafka's idempotent producer. Batches of one partition stay in order while their producer lives. */
#include "kafka.h"

#include "sim.h"

#include <stdlib.h>

enum { LINGER_US = 1000, LATE_US = 5000000, AWAY_US = 100000 };

/* ---- batches ---- */

static void on_arrival(void *context);

static void
batch_free(struct batch *batch)
{
    agenda_remove(&sim.agenda, &batch->task);
    sendings_free(&batch->sendings);
    free(batch);
}

void
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
            kafka_report(lane->handle, &batch->sendings, batch->error);
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
        kafka_report(lane->handle, &all, RD_KAFKA_RESP_ERR__FATAL);
}

void
lanes_fail(rd_kafka_t *handle)
{
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int i = 0; i < CLUSTER_PARTITIONS; i++)
            lane_fail(&handle->lanes[topic][i]);
}
