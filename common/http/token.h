/* The bearer token that requests have to show (RFC 6750): who knows it may do everything, who does not nothing. */
#ifndef TOKEN_H
#define TOKEN_H

#include <stdbool.h>

enum { TOKEN_MAX = 512 };

struct token {
    char text[TOKEN_MAX + 1];    /* NUL to the end */
};

/* Reads it from a file: one line of printable ASCII without blanks, TOKEN_MAX characters at most; the file must not be
 * open to others (base/secret_file.h). -1 with *error (the caller's), which never shows what the file holds. */
int token_read(struct token *token, const char *path, char **error);

/* Whether the value of an Authorization header (NULL: there is none) shows this token. How long that takes tells nothing
 * about the token, its length included. */
bool token_matches(const struct token *token, const char *authorization);

#endif
