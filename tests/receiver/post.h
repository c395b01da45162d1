/* What is read of a post that the receiver gets. */
#ifndef POST_H
#define POST_H

#include <stdbool.h>
#include <stddef.h>

enum { POST_TEXT = 100 };

struct evbuffer;

/* Takes one post out of the input: its head and its body, each with a NUL. false: it is not whole, or larger than these. */
bool post_take(struct evbuffer *input, char *head, size_t head_size, char *body, size_t body_size);
/* The value of a header, "" if there is none. */
void post_header(const char *head, const char *name, char value[POST_TEXT]);
/* The value of "name":"…" in a JSON text of ours, "-" if there is none. */
void post_text(const char *json, const char *name, char value[POST_TEXT]);

#endif
