#include "notified.h"

#include "../../common/base/memory.h"
#include "run.h"
#include "told.h"
#include "topic_reader.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

enum { FORGET_S = 60 };

struct notified {
    struct run *run;
    struct topic_reader *reader;
    struct told told;
    struct event *forget;
};

/* ---- records ---- */

/* The order id of the key, and the kind in the value. */
static enum status
read_record(const rd_kafka_message_t *message, char order_id[40])
{
    static const char name[] = "\"kind\":\"";
    const char *kind, *end;
    char text[20];

    if (message->key == NULL || message->key_len >= 40 || message->payload == NULL)
        return NOT_ORDERED;
    memcpy(order_id, message->key, message->key_len);
    order_id[message->key_len] = '\0';
    kind = memmem(message->payload, message->len, name, sizeof(name) - 1);
    if (kind == NULL)
        return NOT_ORDERED;
    kind += sizeof(name) - 1;
    end = memchr(kind, '"', message->len - (size_t)(kind - (const char *)message->payload));
    if (end == NULL || end - kind >= (int)sizeof(text))
        return NOT_ORDERED;
    memcpy(text, kind, (size_t)(end - kind));
    text[end - kind] = '\0';
    return status_of_kind(text);
}

/* The first notification that decides is what the customer waited for. */
static void
count_told(struct notified *notified, struct told_order *order)
{
    results_measure(&notified->run->results, TO_NOTIFIED, order->heard_us - order->due_us);
    notified->run->results.notified++;
}

/* The value of ce_type, which librdkafka ends with a NUL; NULL if there is none. */
static const char *
type_of(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;

    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR
        || rd_kafka_header_get_last(headers, "ce_type", &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return NULL;
    return value;
}

static void
on_record(void *context, const rd_kafka_message_t *message)
{
    struct notified *notified = context;
    const char *type = type_of(message);
    struct told_order *order;
    enum status status;
    char order_id[40];

    if (type == NULL || strncmp(type, "notification.", 13) != 0)
        return;
    status = read_record(message, order_id);
    order = status == NOT_ORDERED ? NULL : told_get(&notified->told, order_id);
    if (order == NULL)
        return;
    if (strcmp(type, "notification.failed") == 0 && order->accepted)
        notified->run->results.undelivered++;
    if (order->heard_us == 0 && status != REFUNDED) {
        order->heard_us = run_now_us(notified->run);
        if (order->accepted)
            count_told(notified, order);
    }
    order->heard |= (unsigned char)status;
    told_check(&notified->told, order);
}

static void
on_forget(evutil_socket_t fd, short what, void *context)
{
    struct notified *notified = context;

    (void)fd, (void)what;
    told_forget(&notified->told, run_now_us(notified->run) - FORGET_S * 1000000LL);
}

/* ---- orders ---- */

void
notified_accepted(struct notified *notified, const char *order_id, int64_t due_us)
{
    struct told_order *order = told_get(&notified->told, order_id);

    if (order == NULL || order->accepted)
        return;
    order->accepted = true;
    order->due_us = due_us;
    notified->told.pending++;
    if (order->heard_us != 0)
        count_told(notified, order);
}

void
notified_expect(struct notified *notified, const char *order_id, unsigned states)
{
    struct told_order *order = told_get(&notified->told, order_id);

    if (order == NULL)
        return;
    order->wanted = (unsigned char)states;
    order->finished = true;
    told_check(&notified->told, order);
}

unsigned
notified_heard(struct notified *notified, const char *order_id)
{
    const struct told_order *order = told_get(&notified->told, order_id);

    return order == NULL ? 0 : order->heard;
}

size_t
notified_pending(const struct notified *notified)
{
    return notified->told.pending;
}

void
notified_give_up(struct notified *notified)
{
    for (size_t i = 0; i < notified->told.room; i++) {
        const struct told_order *order = &notified->told.orders[i];
        uint64_t high = order->high, low = order->low;
        char told[STATUS_TEXT], wanted[STATUS_TEXT];

        if (low == 0 || !order->accepted)
            continue;
        notified->run->results.missing++;
        results_failure(&notified->run->results,
                       "order %08llx-%04llx-%04llx-%04llx-%012llx: its customer should be told %s, was told %s",
                       (unsigned long long)(high >> 32), (unsigned long long)(high >> 16 & 0xffff),
                       (unsigned long long)(high & 0xffff), (unsigned long long)(low >> 48),
                       (unsigned long long)(low & 0xffffffffffff), status_names(order->wanted, wanted),
                       status_names(order->heard, told));
    }
}

/* ---- life ---- */

struct notified *
notified_new(struct run *run, char **error)
{
    static const struct timeval period = { .tv_sec = FORGET_S / 2 };
    struct notified *notified = memory_new(1, sizeof(*notified));

    notified->run = run;
    told_init(&notified->told);
    notified->forget = event_new(run->base, -1, EV_PERSIST, on_forget, notified);
    event_add(notified->forget, &period);
    notified->reader = topic_reader_new(run->base, &run->clock, run->arguments.brokers, run->arguments.topic, on_record,
                                        notified, error);
    if (notified->reader != NULL)
        return notified;
    notified_free(notified);
    return NULL;
}

void
notified_free(struct notified *notified)
{
    if (notified == NULL)
        return;
    topic_reader_free(notified->reader);
    event_free(notified->forget);
    told_release(&notified->told);
    free(notified);
}
