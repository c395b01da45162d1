/* An answer of HTTP/1.1, as our services give them: a status, and a body of a Content-Length. */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>
#include <sys/types.h>

struct answer {
    int status;             /* 0: there was none */
    const char *problem;    /* of status 0: why, a literal or errno's text */
    bool sent;              /* of status 0: the request may have arrived */
    bool close;             /* the other side will close the connection */
    const char *body;       /* NUL-terminated; gone when the callback that got it returns */
    size_t size;
};

/* Reads what has arrived; bytes[size] must be there to be written. The length of the complete answer; 0 if more is
 * needed; -1 if it is none. */
ssize_t answer_read(char *bytes, size_t size, struct answer *answer);

/* The text behind "NAME":" in the body, up to the quote. false if there is none, or no room. Our own services write no
 * blanks there, and the values asked for contain nothing escaped. */
bool answer_text(const struct answer *answer, const char *name, char *text, size_t room);

#endif
