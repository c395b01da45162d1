#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BODY_MAX = 1000000 };

static const char *
value_of(const char *line, const char *name, size_t size)
{
    if (strncasecmp(line, name, size) != 0 || line[size] != ':')
        return NULL;
    line += size + 1;
    return line + strspn(line, " \t");
}

/* The length of the body; -1 if the head does not say it. */
static ssize_t
read_head(const char *head, const char *end, struct answer *answer)
{
    const char *line = head, *value;
    ssize_t length = -1;

    while ((line = memmem(line, (size_t)(end - line), "\r\n", 2)) != NULL) {
        line += 2;
        if ((value = value_of(line, "Content-Length", 14)) != NULL)
            length = *value >= '0' && *value <= '9' ? (ssize_t)strtol(value, NULL, 10) : -1;     /* not that of the body */
        else if ((value = value_of(line, "Connection", 10)) != NULL)
            answer->close = strncasecmp(value, "close", 5) == 0;
    }
    return length > BODY_MAX ? -1 : length;
}

ssize_t
answer_read(char *bytes, size_t size, struct answer *answer)
{
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    ssize_t length;
    size_t head;

    if (end == NULL)
        return 0;
    *answer = (struct answer){ .status = 0 };
    if (strncmp(bytes, "HTTP/1.", 7) != 0 || end - bytes < 12)
        return -1;
    answer->status = atoi(bytes + 9);
    length = read_head(bytes, end, answer);
    if (answer->status < 200 || answer->status > 599 || length < 0)
        return -1;
    head = (size_t)(end - bytes) + 4;
    if (size < head + (size_t)length)
        return 0;
    answer->body = bytes + head;
    answer->size = (size_t)length;
    bytes[head + (size_t)length] = '\0';
    return (ssize_t)(head + (size_t)length);
}

bool
answer_text(const struct answer *answer, const char *name, char *text, size_t room)
{
    char wanted[40];
    int wanted_size = snprintf(wanted, sizeof(wanted), "\"%s\":\"", name);
    const char *found = answer->body == NULL ? NULL : strstr(answer->body, wanted);
    size_t size;

    if (found == NULL)
        return false;
    found += wanted_size;
    size = strcspn(found, "\"");
    if (size >= room || found[size] == '\0')
        return false;
    memcpy(text, found, size);
    text[size] = '\0';
    return true;
}
