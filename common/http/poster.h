/* Posts JSON to one URL over a few kept connections: a deadline for each post, one answer to each. */
#ifndef POSTER_H
#define POSTER_H

struct event_base;
struct poster;
struct url;

struct poster_options {
    const struct url *url;
    const char *agent;        /* User-Agent */
    int connections;          /* so many posts may be under way */
    int timeout_ms;           /* of one post: finding the address, connecting, writing, and the answer */
};

struct post {
    const char *key;          /* Idempotency-Key */
    const char *traceparent;  /* NULL if there is none */
    const char *body;         /* JSON */
};

/* The status counts as soon as the head of the answer is whole: what becomes of the body changes nothing. */
struct answer {
    int status;               /* 0: there was no answer */
    const char *why;          /* why not: timed_out, connection_failed, malformed_answer; else NULL */
};

typedef void on_answer(void *context, const struct answer *answer);

/* Copies what options point to. NULL with *error (the caller's). A name is looked up at each connection, by libevent's
 * own resolver, so that nothing waits for it; of its addresses the first is used. */
struct poster *poster_new(struct event_base *base, const struct poster_options *options, char **error);
/* Posts under way end without their answer. */
void poster_free(struct poster *poster);

/* Sends; done is called once, from the loop, never from within poster_post. There must be room. */
void poster_post(struct poster *poster, const struct post *post, on_answer *done, void *context);
/* How many posts more may be sent now. */
int poster_room(const struct poster *poster);

#endif
