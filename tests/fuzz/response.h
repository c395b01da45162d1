/* What a client was answered, read as strictly as RFC 9112 is written. */
#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

struct response {
    int status;
    const char *type;       /* of the content; "" if there is none */
    char *body;             /* NUL-terminated, response_release frees it; NULL: none, as after HEAD */
    size_t body_size;
    bool replayed;          /* Idempotency-Replayed */
    bool close;             /* Connection: close */
    bool odd_version;       /* neither HTTP/1.0 nor HTTP/1.1 */
    bool stream;            /* chunks, which may go on; all bytes are used then */
    char type_text[100];
};

/* Reads the next one; answers its length, 0 if there are no more bytes. What is none, or not complete, ends the process.
 * asked: all that the client said, which tells whether a HEAD is among it. */
size_t response_read(const char *bytes, size_t size, const char *asked, size_t asked_size, struct response *response);
void response_release(struct response *response);

#endif
