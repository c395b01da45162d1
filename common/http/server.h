/* HTTP/1.1 on libevent's evhttp with every limit set: hands complete and checked requests to one function, and
 * sends each reply when told to, which is after the commit. */
#ifndef SERVER_H
#define SERVER_H

#include "../base/histogram.h"
#include "../base/memory.h"
#include "request.h"

struct clock;
struct event_base;
struct evhttp_request;
struct log;
struct server;
struct token;
struct uuid_source;

/* One request being answered. Owned by the server; gone after exchange_send. */
struct exchange {
    struct request request;
    struct exchange *next;       /* for lists of whoever holds it */
    int route;                   /* set by who dispatches it: index of the route, -1 if none fits; for metrics only */
    int64_t started_us;          /* monotonic, when the request was complete */
    struct arena arena;
    struct server *server;
    struct evhttp_request *http; /* NULL in the server's pool; its connection's close callback is the server's */
    struct reply held;           /* strings in the exchange's own arena */
    struct exchange *older;      /* the server's own list of all that it ever made */
};

struct server_options {
    const char *address;         /* IPv4 or IPv6 address to listen on, or "unix:PATH": a socket for the owner only (0600) */
    int port;                    /* 0: any free one, see server_port; of an address only */
    int max_connections;         /* at the cap the listener rests until one closes */
    int max_header_bytes;        /* 8 KB */
    int max_body_bytes;          /* 64 KB */
    int request_timeout_ms;      /* from the first byte of a request to its last; absolute, not per read */
    int idle_timeout_ms;         /* a kept connection without a request, at the cap a tenth of it; also how long a reply
                                  * may take to leave */
    const struct token *token;   /* what requests must show; NULL: nothing. The caller's, for as long as the server lives */
    const char *const *open_paths;   /* these need no token all the same; ends with NULL, may be NULL */
};

struct server_stats {
    uint64_t accepted;           /* connections */
    uint64_t rejected_malformed; /* requests answered with an error before the handler saw them */
    uint64_t unauthorized;       /* of these, requests without the token */
    uint64_t timed_out;          /* requests that were not complete in time */
    uint64_t accept_errors;      /* no descriptors left, or no memory in the kernel */
    int connections;             /* open now */
};

/* Called once for each complete request; the callee must see to it that exchange_send is called exactly once,
 * now or later. */
struct server_handler {
    void (*on_request)(void *context, struct exchange *exchange);
    void *context;
};

/* Starts listening; also makes the process ignore SIGPIPE. NULL on failure, with *error saying what and what to do
 * (caller frees it). */
struct server *server_new(struct event_base *base, const struct log *log, const struct clock *clock,
                          struct uuid_source *ids, const struct server_options *options,
                          struct server_handler handler, char **error);
/* Closes everything, unanswered exchanges included. Not from inside on_request. NULL does nothing. */
void server_free(struct server *server);

int server_port(const struct server *server);
/* Closes the listening socket, and removes that of a path; connections that are open are told to close with their next reply. */
void server_drain(struct server *server);
/* Connections whose reply is on its way: it was sent, and has not left this process. Looks at all of them: for a stop. */
int server_replying(const struct server *server);
const struct server_stats *server_stats(const struct server *server);

/* The user id of the process at the other end of a Unix socket; -1 if it cannot be told. */
int64_t exchange_peer_uid(const struct exchange *exchange);
/* Keeps a copy of the reply, replacing one kept before; nothing is sent. */
void exchange_hold(struct exchange *exchange, const struct reply *reply);
/* Sends the held reply, whether or not the client is still there, and ends the exchange. Something must be held. */
void exchange_send(struct exchange *exchange);

#endif
