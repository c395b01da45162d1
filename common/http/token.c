#include "token.h"

#include "../base/error.h"
#include "../base/secret_file.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>
#include <unistd.h>

/* ---- reading ---- */

/* One byte too many tells a long file from a full one; the line may end with a newline. */
enum { ROOM = TOKEN_MAX + 2 };

static ssize_t
read_all(int fd, char *bytes)
{
    size_t size = 0;
    ssize_t got;

    while (size < ROOM && (got = read(fd, bytes + size, ROOM - size)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        size += (size_t)got;
    }
    return (ssize_t)size;
}

static int
check(const char *bytes, size_t size, const char *path, char **error)
{
    if (size == 0)
        return error_set(error, "HTTP_TOKEN_FILE %s is empty: write a token into it, such as openssl rand -hex 32 makes", path);
    if (size > TOKEN_MAX)
        return error_set(error, "HTTP_TOKEN_FILE %s is too long: a token has %d characters at most", path, TOKEN_MAX);
    for (size_t i = 0; i < size; i++)
        if (bytes[i] <= ' ' || bytes[i] > '~')
            return error_set(error, "HTTP_TOKEN_FILE %s has a character at %zu that no token has: it is one line of "
                             "printable ASCII without blanks", path, i + 1);
    return 0;
}

int
token_read(struct token *token, const char *path, char **error)
{
    char bytes[ROOM];
    bool exposed;
    int fd = secret_file_open(path, &exposed, error);
    ssize_t size;

    if (fd < 0)
        return -1;
    size = read_all(fd, bytes);
    close(fd);
    if (size < 0)
        return error_set(error, "cannot read %s: %s", path, strerror(errno));
    if (exposed)
        return error_set(error, "HTTP_TOKEN_FILE %s is open to others: run chmod 600 %s, or mount it read-only", path, path);
    size -= size > 0 && bytes[size - 1] == '\n';
    if (check(bytes, (size_t)size, path, error) != 0)
        return -1;
    memset(token->text, 0, sizeof(token->text));
    memcpy(token->text, bytes, (size_t)size);
    return 0;
}

/* ---- comparing ---- */

/* What stands behind the scheme; NULL if that is another one. */
static const char *
shown_by(const char *authorization)
{
    static const char scheme[] = "Bearer ";

    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return NULL;
    authorization += sizeof(scheme) - 1;
    return authorization + strspn(authorization, " ");
}

/* All bytes of two padded buffers, to the end whatever they are: a comparison that stops at the first difference would let
 * a client guess the token character by character. Equal padding is equal length, since a token holds no NUL. volatile
 * keeps the compiler from stopping early. */
static bool
same(const char *one, const char *other)
{
    volatile unsigned char difference = 0;

    for (size_t i = 0; i < TOKEN_MAX; i++)
        difference = (unsigned char)(difference | (one[i] ^ other[i]));
    return difference == 0;
}

bool
token_matches(const struct token *token, const char *authorization)
{
    const char *shown = shown_by(authorization);
    char padded[TOKEN_MAX] = "";
    size_t size = shown == NULL ? 0 : strlen(shown);

    if (size == 0 || size > TOKEN_MAX)      /* the sender knows as much */
        return false;
    memcpy(padded, shown, size);            /* NOLINT(bugprone-not-null-terminated-result): no text, compared whole */
    return same(padded, token->text);
}
