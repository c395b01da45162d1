/* A running service: database, broker and HTTP joined by one loop. */
#ifndef NODE_H
#define NODE_H

#include "base/histogram.h"
#include "http/token.h"
#include "intake.h"
#include "kafka/broker.h"
#include "kafka/consumer.h"
#include "kafka/relay.h"
#include "service.h"
#include "set_aside.h"

struct calls;
struct backup_job;
struct exchange;
struct exposition;
struct feeder;
struct positions;
struct running;
struct retention;
struct room;
struct server;
struct waiters;

enum { NODE_ROUTES = 16, NODE_TICK_US = 100000 };

/* What happened so far; what /metrics shows beside the numbers of the parts. */
struct node_stats {
    uint64_t answered[NODE_ROUTES + 1][6];              /* by route (the last: none fits) and first digit of status */
    struct histogram http_us[NODE_ROUTES + 1];          /* from complete request to reply */
    struct histogram stall_us;                          /* how late the loop came to its tick */
};

struct node {
    const struct service *service;
    const struct settings *settings;
    const struct log *log;
    const struct clock *clock;
    struct core core;

    struct event_base *base;
    struct event *commit, *tick, *sigterm, *sigint;
    struct positions *positions;
    struct running *running;
    struct set_aside set_aside;
    struct intake *intake;
    struct broker *broker;
    struct relay *relay;
    struct consumer *consumer;
    struct token token;              /* of the server's clients, if settings want one */
    struct server *server;
    struct server *operators;        /* the socket in the data folder */
    struct backup_job *backup;       /* NULL while none is under way */
    struct waiters *waiters;
    struct feeder *feeder;
    struct calls *calls;
    struct room *room;               /* given by whoever starts the node */
    struct retention *retention;

    struct exchange *pending;        /* replies that leave with the commit, newest first */
    int64_t waited_seq;              /* outbox rows up to here have woken who waits */
    int64_t tick_due_us, second_due_us, skips_due_us;
    char topic_names[ALL_TOPICS][256], group_name[256];
    int64_t stop_by_us;              /* 0: not stopping */
    char other_cluster[256];         /* the last one that answered and is not ours; "": none has */
    char other_trouble[400];         /* the same, as a text */
    bool embedded;                   /* the broker that is known keeps nothing */
    bool checkpoint_due;
    uint64_t commits_seen;
    struct node_stats stats;
};

/* The database is open and core is filled in. -1 with *error (the caller's). */
int node_start(struct node *node, char **error);
/* Runs until SIGTERM or SIGINT. */
void node_run(struct node *node);
void node_stop(struct node *node);

/* What is not as it should be, as a list of at most `room` texts; answers how many. */
int node_degraded(const struct node *node, char (*texts)[200], int room);
/* Whether a write would be accepted. */
bool node_is_ready(const struct node *node);
/* Both, as /readyz shows them. */
const char *node_readiness_json(const struct node *node, struct arena *arena);
/* Everything that is counted, in Prometheus' text format. */
const char *node_metrics_text(const struct node *node, struct arena *arena, size_t *size);

/* /healthz, /readyz, /metrics, /openapi.yaml: true if the request was one of these and has been answered. */
bool node_answer_operator(struct node *node, struct exchange *exchange);
/* Replies without waiting for a commit. */
void node_answer(struct node *node, struct exchange *exchange, struct reply reply);
/* 404, or 405 when the path has other methods, listed in allow. */
void node_answer_no_route(struct node *node, struct exchange *exchange, const char *allow);
/* Requests of clients. */
void node_on_request(void *node, struct exchange *exchange);
void node_replies_after_commit(void *node, bool committed);
void node_wake_waiters(struct node *node);

/* Room for more: what is looked at once a second; the refusal of a request that writes, true if it was answered so; and
 * the metrics of room and retention. */
void node_look_for_room(struct node *node);
bool node_refuse_for_room(struct node *node, struct exchange *exchange);
void node_write_room(const struct node *node, struct exposition *out);
/* More of /metrics: the service's table `metrics`; its readiness, process and files. */
void node_write_own(const struct node *node, struct exposition *out);
void node_write_health(const struct node *node, struct exposition *out);

/* COMMIT now. false: the turn was undone. Ends the process when the outcome is unknown. */
bool node_commit(struct node *node);
/* After each operation: commits the turn when it is due, or sees to it that it will be. */
void node_operation_done(struct node *node);

/* Callbacks of the loop, of the group commit and of what ran an operation; the context is the node. */
void node_on_commit(int fd, short what, void *node);
void node_on_tick(int fd, short what, void *node);
void node_on_signal(int signal, short what, void *node);
void node_on_operation_done(void *node);
void node_after_commit(void *node, bool committed);

#endif
