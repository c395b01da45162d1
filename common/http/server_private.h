/* The inside of the HTTP server: shared by server.c, listen.c, admission.c, connection.c, early_answer.c,
 * exchange.c, stream.c and request.c only. */
#ifndef SERVER_PRIVATE_H
#define SERVER_PRIVATE_H

#include "problem.h"
#include "server.h"

struct bufferevent;
struct event;
struct evconnlistener;
struct evhttp;
struct evhttp_bound_socket;

/* What a connection is doing, and so which time limit holds for it. */
enum phase {
    IDLE,        /* nothing of a request has come: idle_timeout_ms */
    READING,     /* some of a request has come: request_timeout_ms from its first byte */
    HANDLING,    /* the request is with the handler: no limit of ours */
    REPLYING     /* the reply is on its way: idle_timeout_ms */
};

struct connection {
    struct server *server;
    struct bufferevent *bev;     /* evhttp's; ours to look at until on_close */
    struct connection *next;     /* in server->newcomers */
    int fd;
    enum phase phase;
    bool refused;                /* by evhttp, in this turn; what it said has not left yet */
    bool leaving;                /* the answer to what was refused is the last */
    int64_t deadline_us;         /* monotonic; INT64_MAX while there is no limit */
};

struct server {
    struct event_base *base;
    const struct log *log;
    const struct clock *clock;
    struct uuid_source *ids;
    struct server_options options;
    struct server_handler handler;
    struct server_stats stats;
    int port;
    char *path;                      /* of a Unix socket; NULL on TCP, and when it is closed */
    struct evhttp *http;
    struct evhttp_bound_socket *bound;
    struct evconnlistener *listener; /* NULL when draining */
    struct event *tick;              /* always pending: looks at the deadlines, wakes the listener */
    struct event *arrivals;          /* made active for newcomers; never waits for anything */
    struct event *refusals;          /* made active when evhttp has refused what came; never waits for anything */
    struct connection *newcomers;    /* accepted in this turn; evhttp is not done with them */
    struct connection **by_fd;       /* all others, by descriptor */
    int by_fd_size;
    struct exchange *pool;           /* at rest, linked by next */
    struct exchange *exchanges;      /* all of them, linked by older */
    bool draining;
    bool accept_failing;             /* from an accept error until a tick has seen no other: one log line */
    bool backing_off;                /* from an accept error until a connection ends, or the next tick */
    uint64_t errors_seen;            /* accept errors at the last tick */
};

/* admission.c: when the listener listens, and when it rests. */
void admission_update(struct server *server);
void on_accept_error(struct evconnlistener *listener, void *http);
void on_tick(int fd, short what, void *server);

/* listen.c: opens the listening socket; -1 with *error. And closes it, if it is open. */
int listen_start(struct server *server, char **error);
void listen_end(struct server *server);

/* connection.c: counting, phases and deadlines. */
struct bufferevent *on_accept(struct event_base *base, void *server);
void on_arrivals(int fd, short what, void *server);
struct connection *connection_of(const struct server *server, struct evhttp_request *http);
void connection_enter(struct connection *connection, enum phase phase);
void connection_close(struct connection *connection);
/* Closes the connection if its time is over, after a 408 if a request was on its way. crowded: newcomers have to wait. */
void connection_expire(struct connection *connection, int64_t now_us, bool crowded);
void on_reply_sent(struct evhttp_request *http, void *connection);
/* Before evhttp is freed; the rest is forgotten as evhttp closes it. */
void connection_forget_newcomers(struct server *server);

/* early_answer.c: a 408, at once. And, in the turn in which evhttp has refused something: a problem in place of its page. */
void early_answer_timeout(const struct connection *connection);
void on_refusals(int fd, short what, void *server);

/* exchange.c: exchanges come from a pool, and go back with exchange_send, or at the end of a stream. */
struct exchange *exchange_take(struct server *server, struct evhttp_request *http);
void exchange_give_back(struct exchange *exchange);
/* The version and the headers of the held reply. */
void exchange_add_headers(struct exchange *exchange);
const char *reason_phrase(int status);
/* Before evhttp is freed: evhttp no longer knows requests whose client is gone. */
void exchange_free_orphans(struct server *server);
void exchange_free_all(struct server *server);

/* request.c: why a request is not for the handler. detail is a literal. */
struct refusal {
    enum problem problem;
    const char *detail;
};

/* Checks exchange->http and fills exchange->request from it; -1 with *refusal filled. */
int request_read(struct exchange *exchange, struct refusal *refusal);

#endif
