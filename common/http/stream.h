/* A reply without an end: server-sent events (WHATWG HTML, section 9.2, text/event-stream). */
#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exchange;

/* Sends status and headers. From here on the exchange is a stream: it ends with stream_end, not with exchange_send.
 * false after HEAD, which is answered by that, and the exchange is gone. */
bool stream_begin(struct exchange *exchange);

/* Bytes that the client has not taken yet; -1 when it is gone. */
int64_t stream_waiting(const struct exchange *exchange);

/* Sends them as soon as the socket takes them. A client that takes nothing for idle_timeout_ms is cut off by the server:
 * send something (a comment) more often than that. */
void stream_send(struct exchange *exchange, const char *bytes, size_t size);

/* Ends the reply, and closes the connection once all was taken. */
void stream_end(struct exchange *exchange);
/* Closes the connection at once, with whatever waits. */
void stream_cut(struct exchange *exchange);

#endif
