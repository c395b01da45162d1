/* Records on their way to the broker, and what becomes of them: reports as librdkafka hands them over. */
#include "kafka.h"

#include "sim.h"

#include <stdlib.h>

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

struct sending *
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

void
kafka_report(rd_kafka_t *handle, struct sendings *sendings, rd_kafka_resp_err_t error)
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
