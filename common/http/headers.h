/* The header lines of a request that matter to the server, gathered in one pass. */
#ifndef HEADERS_H
#define HEADERS_H

#include <stdbool.h>
#include <stdint.h>

struct evkeyvalq;

struct headers {
    const char *content_length, *content_type, *idempotency_key;    /* the first of each; NULL if there is none */
    const char *last_event_id;   /* the last one; NULL if there is none */
    const char *authorization;   /* NULL if there is none */
    const char *traceparent;     /* NULL if there is none, more than one, or it has not the shape of version 00 */
    int hosts, content_lengths, content_types, idempotency_keys, authorizations, traceparents;  /* how many lines */
    bool transfer_encoding;
    bool bad_name;               /* a name is empty or has a blank in it: two readers may see two things */
    int64_t wait_ms;             /* Prefer: wait=N, 0 if absent or malformed */
};

/* Values point into lines, which evhttp owns. */
struct headers headers_read(const struct evkeyvalq *lines);

#endif
