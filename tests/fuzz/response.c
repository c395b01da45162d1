#include "response.h"

#include "../../common/base/memory.h"
#include "fuzz.h"
#include "input.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- head ---- */

struct head {
    size_t size;            /* with the empty line */
    long length;            /* Content-Length; -1: none */
    int lengths;
    bool chunked, is_old;
};

static bool
is_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

static void
take_field(struct response *response, struct head *head, const char *name, const char *value)
{
    char *end;

    if (strcasecmp(name, "Content-Length") == 0) {
        head->length = strtol(value, &end, 10);
        MUST(*end == '\0' && end != value && head->lengths++ == 0, "Content-Length: %s", value);
    } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
        MUST(strcmp(value, "chunked") == 0, "Transfer-Encoding: %s", value);
        head->chunked = true;
    } else if (strcasecmp(name, "Content-Type") == 0) {
        strncpy(response->type_text, value, sizeof(response->type_text) - 1);
    } else if (strcasecmp(name, "Connection") == 0) {
        response->close = strcasecmp(value, "close") == 0;
    } else if (strcasecmp(name, "Idempotency-Replayed") == 0) {
        response->replayed = strcmp(value, "true") == 0;
    }
}

/* "Name: value", cut in place. */
static void
take_line(struct response *response, struct head *head, char *line)
{
    char *colon = strchr(line, ':');

    MUST(colon != NULL && colon > line && colon[1] == ' ', "no header: %s", line);
    for (const char *c = line; c < colon; c++)
        MUST(is_token(*c), "no name of a header: %s", line);
    for (const char *c = colon; *c != '\0'; c++)
        MUST((unsigned char)*c >= ' ' && *c != 0x7f, "no value of a header: %s", line);
    *colon = '\0';
    take_field(response, head, line, colon + 2);
}

static struct head
read_head(const char *bytes, size_t size, struct response *response)
{
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    struct head head = { .length = -1 };
    char *text, *status, *line, *rest;

    MUST(end != NULL, "no head of an answer: %.*s", (int)size, bytes);
    head.size = (size_t)(end - bytes) + 4;
    text = piece_text(&(struct piece){ bytes, head.size - 4 });
    MUST(strlen(text) == head.size - 4, "a NUL in a head");
    status = strchr(text, ' ');
    MUST(strncmp(text, "HTTP/", 5) == 0 && status != NULL && strspn(status + 1, "0123456789") == 3 && status[4] == ' ',
         "no status line: %s", text);
    response->status = atoi(status + 1);
    head.is_old = strncmp(text, "HTTP/1.0 ", 9) == 0;
    response->odd_version = !head.is_old && strncmp(text, "HTTP/1.1 ", 9) != 0;
    for (line = strstr(text, "\r\n"); line != NULL; line = rest) {
        line += 2;
        rest = strstr(line, "\r\n");
        if (rest != NULL)
            *rest = '\0';
        take_line(response, &head, line);
    }
    free(text);
    return head;
}

/* ---- body ---- */

/* All chunks that have come; each is whole, since the service writes it at once. */
static void
check_chunks(const char *bytes, size_t size)
{
    while (size > 0) {
        char *end;
        long length = strtol(bytes, &end, 16);
        size_t used = (size_t)(end - bytes) + 2 + (size_t)length + 2;

        MUST(end != bytes && length >= 0 && used <= size && end[0] == '\r' && end[1] == '\n' && bytes[used - 2] == '\r'
             && bytes[used - 1] == '\n', "no chunk: %.40s", bytes);
        bytes += used;
        size -= used;
    }
}

/* After HEAD the next answer follows at once, or nothing does. */
static bool
is_of_head(const char *bytes, size_t size, const char *asked, size_t asked_size)
{
    return memmem(asked, asked_size, "HEAD", 4) != NULL && (size == 0 || (size > 7 && strncmp(bytes, "HTTP/1.", 7) == 0));
}

size_t
response_read(const char *bytes, size_t size, const char *asked, size_t asked_size, struct response *response)
{
    struct head head;
    size_t left;

    *response = (struct response){ .type = response->type_text };
    if (size == 0)
        return 0;
    head = read_head(bytes, size, response);
    bytes += head.size;
    left = size - head.size;
    if (head.chunked || strcmp(response->type, "text/event-stream") == 0) {
        if (head.chunked)
            check_chunks(bytes, left);
        response->stream = true;
        return size;
    }
    if (response->status < 200 || response->status == 204 || is_of_head(bytes, left, asked, asked_size))
        return head.size;
    response->close |= head.length < 0 && head.is_old;          /* HTTP/1.0: its end is the connection's */
    MUST(head.length >= 0 || response->close, "nobody knows where the body ends");
    response->body_size = head.length >= 0 ? (size_t)head.length : left;
    MUST(response->body_size <= left, "%zu bytes of a body of %zu", left, response->body_size);
    response->body = piece_text(&(struct piece){ bytes, response->body_size });
    return head.size + response->body_size;
}

void
response_release(struct response *response)
{
    free(response->body);
}
