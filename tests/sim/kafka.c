#include "kafka.h"

#include "sim.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

enum { POLLED_AT_ONCE = 8 };

struct client {
    struct rd_kafka_s handle;
};

static rd_kafka_t *handles;      /* of all services */

/* ---- the queue of a handle ---- */

void
kafka_push(rd_kafka_t *handle, struct arrival *arrival)
{
    if (handle->last == NULL)
        handle->first = arrival;
    else
        handle->last->next = arrival;
    handle->last = arrival;
    event_active(handle->wake, EV_READ, 0);
}

struct arrival *
kafka_pop(rd_kafka_t *handle)
{
    struct arrival *arrival = handle->first;

    if (arrival == NULL)
        return NULL;
    handle->first = arrival->next;
    if (handle->first == NULL)
        handle->last = NULL;
    return arrival;
}

static void
push_error(rd_kafka_t *handle, rd_kafka_resp_err_t error)
{
    struct arrival *arrival = memory_new(1, sizeof(*arrival));

    arrival->error = error;
    kafka_push(handle, arrival);
}

/* ---- common/kafka/client.h ---- */

static void
on_wake(evutil_socket_t fd, short what, void *context)
{
    struct client *client = context;

    (void)fd, (void)what;
    client->handle.budget = (int)chance_between(&sim.chance, 1, POLLED_AT_ONCE);
    client->handle.listener.on_ready(client->handle.listener.context);
}

struct client *
client_new(struct event_base *base, rd_kafka_type_t type, const struct client_options *options,
           const struct client_property *properties, struct client_listener listener)
{
    static const struct timeval second = { .tv_sec = 1 };
    struct client *client = memory_new(1, sizeof(*client));
    rd_kafka_t *handle = &client->handle;

    (void)properties;
    handle->next = handles;
    handles = handle;
    handle->member = member_named(options->client_id);
    handle->type = type;
    handle->listener = listener;
    handle->connected_us = -1;
    handle->wake = event_new(base, -1, EV_READ | EV_PERSIST, on_wake, client);
    event_add(handle->wake, &second);
    readers_init(handle);
    lanes_init(handle);
    if (!cluster_is_up())
        push_error(handle, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN);
    return client;
}

void
client_free(struct client *client)
{
    struct arrival *arrival;
    rd_kafka_t **link = &handles;

    if (client == NULL)
        return;
    while (*link != &client->handle)
        link = &(*link)->next;
    *link = client->handle.next;
    while ((arrival = kafka_pop(&client->handle)) != NULL) {
        if (arrival->reports != NULL)
            rd_kafka_event_destroy(arrival->reports);
        free(arrival);
    }
    readers_release(&client->handle);
    lanes_release(&client->handle);
    event_free(client->handle.wake);
    free(client);
}

rd_kafka_event_t *
client_poll(struct client *client)
{
    struct arrival *arrival;

    while ((arrival = kafka_pop(&client->handle)) != NULL) {
        rd_kafka_event_t *reports = arrival->reports;
        rd_kafka_resp_err_t error = arrival->error;

        free(arrival);
        member_crash_point(client->handle.member, "before a report is read");
        if (reports != NULL)
            return reports;
        client->handle.listener.on_error(client->handle.listener.context, error);
    }
    return NULL;
}

rd_kafka_t *
client_handle(const struct client *client)
{
    return (rd_kafka_t *)(uintptr_t)&client->handle;
}

void
client_wake(struct client *client)
{
    event_active(client->handle.wake, EV_READ, 0);
}

/* ---- what happens to the broker ---- */

void
kafka_on_append(int topic, int partition)
{
    for (rd_kafka_t *handle = handles; handle != NULL; handle = handle->next)
        reader_wake(&handle->readers[topic][partition]);
}

/* librdkafka tells it in the order of things: before it whatever had come, after it whatever comes later. */
void
kafka_on_broker_gone(void)
{
    for (rd_kafka_t *handle = handles; handle != NULL; handle = handle->next) {
        handle->connected_us = -1;
        push_error(handle, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN);
    }
}

void
kafka_on_broker_back(void)
{
    for (rd_kafka_t *handle = handles; handle != NULL; handle = handle->next) {
        for (int topic = 0; topic < ALL_TOPICS; topic++)
            for (int i = 0; i < sim.plan.partitions; i++)
                reader_wake(&handle->readers[topic][i]);
        lanes_wake(handle);
    }
}

bool
kafka_break_producer(void)
{
    int count = 0, wanted;

    for (rd_kafka_t *handle = handles; handle != NULL; handle = handle->next)
        count += handle->type == RD_KAFKA_PRODUCER && !handle->fatal;
    if (count == 0)
        return false;
    wanted = (int)chance_below(&sim.chance, count);
    for (rd_kafka_t *handle = handles; handle != NULL; handle = handle->next) {
        if (handle->type != RD_KAFKA_PRODUCER || handle->fatal || wanted-- > 0)
            continue;
        sim_trace(handle->member->name, "its producer cannot go on");
        handle->fatal = true;
        lanes_fail(handle);
        push_error(handle, RD_KAFKA_RESP_ERR__FATAL);
        break;
    }
    return true;
}
