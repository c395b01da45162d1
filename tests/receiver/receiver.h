/* A receiver of posts that fails as it is told to: by the customer's id in the body.
 *
 * "500-hang-200" has the first post of a key answered with 500, the second not at all, all others with 200. The words:
 *
 *   a status                 that status; 200 for a customer whose name does not begin with one of these words
 *   hang, late               no answer, a 200 after a while
 *   close, reset             the connection ends without an answer
 *   junk, heads              no HTTP, a head without an end
 *   half, big, chunked       200 and a body: one that stops, one of a megabyte, a chunked one
 *   continue, early, last    100 and then 200, 103 and then 200, 200 with Connection: close */
#ifndef RECEIVER_H
#define RECEIVER_H

#include <stdio.h>

struct event_base;
struct receiver;

struct receiver_options {
    int port;               /* on 127.0.0.1; 0: any free one */
    int late_ms;
    FILE *log;              /* a line for each post and each answer; NULL: none */
};

struct receiver_seen {
    int connections;        /* accepted so far */
    int posts;              /* received whole */
    int open, most_open;    /* without an answer yet, now and at most */
    char head[1000];        /* of the last post */
    char body[1000];
};

/* NULL if the port is taken. */
struct receiver *receiver_new(struct event_base *base, const struct receiver_options *options);
void receiver_free(struct receiver *receiver);
int receiver_port(const struct receiver *receiver);
const struct receiver_seen *receiver_seen(const struct receiver *receiver);

#endif
