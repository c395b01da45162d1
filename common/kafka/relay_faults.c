/* Faults on purpose between the outbox and the broker. */
#include "relay_private.h"

#include "../base/faults.h"
#include "../store/outbox.h"
#include "producer.h"

bool
relay_fault_refuses(struct relay *relay, const struct envelope *out, int64_t tag)
{
    if (faults_hit(relay->faults, FAULT_TOPIC_REFUSES, out->type))
        producer_answer(relay->producer, tag, REPORT_TOPIC_REFUSED, "TOPIC_AUTHORIZATION_FAILED");
    else if (faults_hit(relay->faults, FAULT_BROKER_REFUSES, out->type))
        producer_answer(relay->producer, tag, REPORT_REFUSED, "MSG_SIZE_TOO_LARGE");
    else
        return false;
    return true;
}

static bool
note_type(void *context, int64_t seq, const struct envelope *out)
{
    (void)seq;
    *(enum envelope_type *)context = out->type;
    return false;
}

/* A report has no type: the row is read for it, but only while the fault is set. */
bool
relay_fault_loses(struct relay *relay, int64_t seq)
{
    struct fault_order order;
    enum envelope_type type = NO_TYPE;

    return faults_get(relay->faults, FAULT_ACK_LOST, &order) && outbox_read_one(relay->db, seq, note_type, &type)
           && faults_hit(relay->faults, FAULT_ACK_LOST, type);
}
