/* An envelope is whatever causes something: an event that was read, a request, a timer; and an event to be said. */
#ifndef ENVELOPE_H
#define ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

/* One topic for each speaker, so that all that is said of an order by one service keeps its order; and for each of them
 * one for its dead letters: topic + TOPICS. */
enum topic {
    ORDERS,
    PAYMENTS,
    NOTIFICATIONS,
    TOPICS,
    ORDERS_DLT = TOPICS,
    PAYMENTS_DLT,
    NOTIFICATIONS_DLT,
    ALL_TOPICS
};

/* Every event of the choreography. EVENTS.md describes them. */
enum envelope_type {
    NO_TYPE,                /* a request, a timer, or an event of a type that this version does not know */
    ORDER_CREATED,
    ORDER_PAID,
    ORDER_REJECTED,
    ORDER_CANCELLED,
    PAYMENT_COMPLETED,
    PAYMENT_DECLINED,
    PAYMENT_REFUNDED,
    PAYMENT_VOIDED,
    NOTIFICATION_SENT,
    NOTIFICATION_FAILED,
    ENVELOPE_TYPES
};

struct envelope {
    enum envelope_type type;
    const char *id;          /* UUIDv7 of an event; "request:UUID" or "timer:NAME:UUID" of another cause */
    const char *subject;     /* the order's id; also the record's key and the correlation id; NULL if there is none */
    const char *causation;   /* id of the cause; NULL in a request or a timer */
    const char *source;      /* the speaker, "/order-svc" */
    const char *traceparent; /* W3C Trace Context, handed on unchanged; NULL if there is none */
    int64_t sequence;        /* version of the aggregate after the change */
    int64_t time;            /* when it was said, ms since 1970 */
    int64_t received_at;     /* when it reached us, ms since 1970: the only time a handler knows */
    const char *data;        /* JSON object, NUL-terminated; NULL if there is none */
    size_t data_size;        /* in bytes, without the NUL */
    enum topic topic;        /* of an event: the topic it was read from or goes to */
    int partition;           /* of an event or of a timer of a partition */
    int64_t offset;          /* of an event that was read */
    const char *packed;      /* of a dead letter in the outbox: the record as record_pack made it; else NULL */
    size_t packed_size;
};

/* "order.created" and back; the back way answers NO_TYPE for a name it does not know. */
const char *envelope_type_name(enum envelope_type type);
enum envelope_type envelope_type_parse(const char *name);
/* The topic an event is said on. */
enum topic envelope_topic(enum envelope_type type);
/* "orders", "payments.DLT": what topics are called in the database; settings name them on the broker. */
const char *topic_name(enum topic topic);
/* -1 if there is no such topic. */
int topic_parse(const char *name, enum topic *topic);

/* An event that answers `in`: about the same subject, caused by it, at its time. data is the caller's. */
struct envelope envelope_answer(const struct envelope *in, enum envelope_type type, const char *subject,
                                int64_t sequence, const char *data);

#endif
