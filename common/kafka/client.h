/* A librdkafka handle joined to the loop: common configuration, log lines, and a wake-up when its queue has something. */
#ifndef CLIENT_H
#define CLIENT_H

#include <librdkafka/rdkafka.h>

struct client;
struct event_base;
struct log;

struct client_options {
    const char *brokers;         /* host:port with commas between */
    const char *properties;      /* path of a file as properties.h takes it, "" for none */
    const char *client_id;
    const struct log *log;
};

/* name=value, set before the properties file, so that the file wins. The list ends with name NULL. */
struct client_property {
    const char *name, *value;
};

struct client_listener {
    /* The queue may hold something: poll until nothing is left, or call client_wake. Also called once a second. */
    void (*on_ready)(void *context);
    /* An error of the client itself, such as RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN; called while it is polled. */
    void (*on_error)(void *context, rd_kafka_resp_err_t error);
    void *context;
};

/* NULL on failure, logged. */
struct client *client_new(struct event_base *base, rd_kafka_type_t type, const struct client_options *options,
                          const struct client_property *properties, struct client_listener listener);
/* Drops what is queued in it; blocks for the few milliseconds that its threads need to end, a second at most: one that
 * does not end is left behind. NULL does nothing. */
void client_free(struct client *client);

/* The next delivery reports of a producer, to be destroyed by the caller; NULL if there are none. Logs and errors are
 * served on the way. */
rd_kafka_event_t *client_poll(struct client *client);

rd_kafka_t *client_handle(const struct client *client);
/* on_ready once more, in a later turn of the loop. */
void client_wake(struct client *client);

#endif
