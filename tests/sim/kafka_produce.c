/* How a record gets from its service into a producer. */
#include "kafka.h"

#include "sim.h"

#include <assert.h>
#include <stdlib.h>

/* The mutant's producer says that the broker has the record when it has not even been sent. */
static void
report_first(rd_kafka_t *handle, const struct sending *sending)
{
    struct sendings one = { NULL, NULL };
    struct sending *copy = memory_new(1, sizeof(*copy));

    *copy = *sending;
    sendings_add(&one, copy);
    kafka_report(handle, &one, RD_KAFKA_RESP_ERR_NO_ERROR);
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
