/* order-svc as it runs, on a database in memory and without a broker: node, server, operators' socket; and clients in the same
 * process. Time is ours and nothing waits for it. */
#ifndef SERVED_H
#define SERVED_H

#include "../../common/node.h"

enum { SERVED_CLIENTS = 2 };

/* A client's connection, and all that it was sent. */
struct client {
    int fd;                 /* -1: none */
    char *bytes;
    size_t size;
    bool closed;            /* by the service */
    bool half_closed;       /* by us: it may not hear what it is told */
};

/* The service, started at the first call. */
struct node *served_node(void);

/* Connects both clients to its server, or to the operators'. */
void served_connect(struct client clients[SERVED_CLIENTS], bool operators);
/* The client says this, and the service does all it can do. */
void served_say(struct client clients[SERVED_CLIENTS], int which, const char *bytes, size_t size);
void served_half_close(struct client clients[SERVED_CLIENTS], int which);
/* So much time passes that nothing is waited for any more: all connections are closed, or end the process. */
void served_wait(struct client clients[SERVED_CLIENTS]);
/* So much time passes that who asked with Prefer: wait gets its answer. */
void served_wait_for_replies(struct client clients[SERVED_CLIENTS]);
/* Closes them; the service is as it was before. */
void served_end(struct client clients[SERVED_CLIENTS]);

#endif
