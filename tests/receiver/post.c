#include "post.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
post_text(const char *json, const char *name, char value[POST_TEXT])
{
    char start[POST_TEXT];
    const char *found;

    snprintf(start, sizeof(start), "\"%s\":\"", name);
    found = strstr(json, start);
    snprintf(value, POST_TEXT, "%.*s", found == NULL ? 1 : (int)strcspn(found + strlen(start), "\""),
             found == NULL ? "-" : found + strlen(start));
}

void
post_header(const char *head, const char *name, char value[POST_TEXT])
{
    const char *line = strstr(head, "\r\n");

    value[0] = '\0';
    for (; line != NULL; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, strlen(name)) == 0 && line[2 + strlen(name)] == ':')
            snprintf(value, POST_TEXT, "%.*s", (int)strcspn(line + 4 + strlen(name), "\r"), line + 4 + strlen(name));
}

bool
post_take(struct evbuffer *input, char *head, size_t head_size, char *body, size_t body_size)
{
    struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
    char length[POST_TEXT];
    size_t size;

    if (end.pos < 0 || (size_t)end.pos + 4 >= head_size)
        return false;
    evbuffer_copyout(input, head, (size_t)end.pos + 2);
    head[end.pos + 2] = '\0';
    post_header(head, "Content-Length", length);
    size = strtoul(length, NULL, 10);
    if (size >= body_size || evbuffer_get_length(input) < (size_t)end.pos + 4 + size)
        return false;
    evbuffer_drain(input, (size_t)end.pos + 4);
    evbuffer_remove(input, body, size);
    body[size] = '\0';
    return true;
}
