/*
 * cluster.h: one mock broker of librdkafka, the topics asked for, and the faults it can play.
 *
 * Belongs to the main thread. The broker itself runs in a thread of librdkafka's; what the functions below ask of it
 * is done when they return.
 */
#ifndef DEVBROKER_CLUSTER_H
#define DEVBROKER_CLUSTER_H

#include <stddef.h>

struct cluster;
struct event_base;
struct options;

/* The two requests whose answers can be made errors; the values are the Kafka protocol's. */
enum cluster_api { API_PRODUCE = 0, API_FETCH = 1 };

/*
 * Listens at the port, creates the topics, then lets clients in. NULL after printing what to do about it. There is no
 * cluster_free: destroying a mock cluster takes up to 1 s, nothing in it needs saving, so it ends with the process, by
 * _exit() or execv().
 */
struct cluster *cluster_new(struct event_base *base, const struct options *options);

/* The random id of this life of the broker, 16 hex digits: the end of the name of its extra topic. */
const char *cluster_boot(const struct cluster *cluster);

/* Closes all connections and refuses new ones, until it is up again. Records stay. Doing it twice changes nothing. */
void cluster_down(struct cluster *cluster);
void cluster_up(struct cluster *cluster);

/* Holds every answer back for so many milliseconds. */
void cluster_set_rtt(struct cluster *cluster, int milliseconds);

/*
 * The next `count` requests of this kind get error `code` and change nothing. Returns 0; -1 while an acknowledgement
 * is still to be lost, since both use the same queue.
 */
int cluster_push_errors(struct cluster *cluster, enum cluster_api api, int code, int count);

/*
 * The next Produce request is applied, its answer is never sent: when the request has been seen (5 to 10 ms later) all
 * connections are closed, and the broker takes new ones at once. What came behind it on the same connection in the
 * meantime is applied and loses its answer too. Returns 0; -1 if errors for Produce are still to be given out, or an
 * acknowledgement is to be lost already.
 */
int cluster_lose_ack(struct cluster *cluster);

/* Writes the line that the command `status` answers, without a newline. */
void cluster_status(const struct cluster *cluster, char *line, size_t size);

#endif
